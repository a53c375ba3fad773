import { createWriteStream, existsSync, readFileSync } from "node:fs"
import { mkdir, rename } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Logs to measure with, made once and kept beside other temporary files. Both are the same for everybody, byte for byte. */

const folder = join(tmpdir(), "chaussettes-bench")
const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const two = (n: number) => `${n}`.padStart(2, "0")

/** The real log over and over, each time four days later: out of order within a minute, twenty lines a window, 237 bytes a line. */
const realPiece = (log: string, times: number): string => {
  const dates = new Map<string, string>()
  for (let day = 17; day <= 20; day++) {
    const date = new Date(Date.UTC(2015, 4, day + 4 * times))
    dates.set(`${day}/May/2015`, `${two(date.getUTCDate())}/${monthNames[date.getUTCMonth()]}/${date.getUTCFullYear()}`)
  }
  return log.replace(/\[(\d\d\/May\/2015)/g, (_, date: string) => `[${dates.get(date)}`)
}

/** 100 clients, 57 URLs, 1,000 lines a second of event time, in order. */
const syntheticPiece = (firstLine: number, lines: number, stepMs = 1): string => {
  const text: Array<string> = []
  for (let i = firstLine; i < firstLine + lines; i++) {
    const t = new Date(Date.UTC(2026, 0, 5) + i * stepMs)
    const time = `${two(t.getUTCDate())}/${monthNames[t.getUTCMonth()]}/${t.getUTCFullYear()}:${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`
    const status = i % 19 === 0 ? 404 : i % 97 === 0 ? 500 : 200
    text.push(
      `192.168.1.${((i * 7) % 100) + 1} - - [${time} +0000] "GET /produit/chaussette-${((i * 13) % 57) + 1} HTTP/1.1" ${status} ${100 + (i % 4900)} "-" "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"\n`
    )
  }
  return text.join("")
}

const make = async (name: string, pieces: Iterable<string>): Promise<string> => {
  const path = join(folder, name)
  if (existsSync(path)) return path
  await mkdir(folder, { recursive: true })
  const partial = `${path}.${process.pid}`
  const out = createWriteStream(partial, { encoding: "latin1" })
  for (const piece of pieces)
    if (!out.write(piece)) await new Promise<void>((resolve) => out.once("drain", () => resolve()))
  await new Promise<void>((resolve) => out.end(() => resolve()))
  await rename(partial, path)
  return path
}

function* realPieces(lines: number) {
  const log = readFileSync(new URL("../../testdata/elastic-apache-10k.log", import.meta.url), "latin1")
  for (let times = 0; times * 10_000 < lines; times++) yield realPiece(log, times)
}

function* syntheticPieces(lines: number, from: number) {
  for (let i = 0; i < lines; i += 10_000) yield syntheticPiece(from + i, Math.min(10_000, lines - i))
}

export const realLog = (lines: number): Promise<string> => make(`real-${lines}.log`, realPieces(lines))

/** `from`: how many lines went before, so that its times go on where theirs end. */
export const syntheticLog = (lines: number, from = 0): Promise<string> =>
  make(`synthetic-${lines}${from === 0 ? "" : `-from-${from}`}.log`, syntheticPieces(lines, from))

/** A site with a hundred million lines a month has one each 26 ms, 385 a window. A page fails for five minutes a day. */
const monthStepMs = 26
const brokenFrom = { dayMs: 86_400_000, hourMs: 5 * 3_600_000, forMs: 300_000 }

export const monthLog = (lines: number): Promise<string> =>
  make(
    `month-${lines}.log`,
    (function* () {
      for (let i = 0; i < lines; i += 10_000) {
        const piece = syntheticPiece(i, Math.min(10_000, lines - i), monthStepMs)
        const { dayMs, hourMs, forMs } = brokenFrom
        const sinceMs = ((i * monthStepMs) % dayMs) - hourMs
        yield sinceMs >= 0 && sinceMs < forMs ? piece.replace(/(chaussette-1 HTTP\/1.1") \d+/g, "$1 500") : piece
      }
    })()
  )

/** The synthetic log with one line of twenty 30 s behind those around it: late at a lateness of 5 s, and far within the horizon. */
export const lateLog = (lines: number): Promise<string> =>
  make(
    `late-${lines}.log`,
    (function* () {
      const behind = 30_000
      for (let i = 0; i < lines; i += 10_000) {
        const count = Math.min(10_000, lines - i)
        const now = syntheticPiece(i + behind, count).split("\n")
        const then = syntheticPiece(i, count).split("\n")
        yield now.map((line, k) => (k % 20 === 19 && k < count ? then[k] : line)).join("\n")
      }
    })()
  )

/** One line every ten seconds: every line opens a window of its own. */
export const sparseLog = (lines: number): Promise<string> =>
  make(
    `sparse-${lines}.log`,
    (function* () {
      for (let i = 0; i < lines; i += 10_000) {
        let text = ""
        for (let k = i; k < Math.min(lines, i + 10_000); k++) {
          const t = new Date(Date.UTC(2024, 0, 1) + k * 10_000)
          text += `10.1.2.3 - - [${two(t.getUTCDate())}/${monthNames[t.getUTCMonth()]}/${t.getUTCFullYear()}:${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())} +0000] "GET /${k % 5} HTTP/1.1" ${k % 50 === 0 ? 500 : 200} 99\n`
        }
        yield text
      }
    })()
  )
