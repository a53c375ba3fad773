import { open } from "node:fs/promises"
import { openFile } from "@chaussettes/service"
import { anyScanner, type Rewrite } from "../lines/rewrite.ts"
import { TimeWriter, timeBytes } from "../traffic/line-bytes.ts"
import type { ReplayFile } from "./files.ts"

/** Event time of the first line that has one, ms since the epoch. */
export const firstTimeMs = (lines: Uint8Array, format = ""): number | undefined => {
  const { scanner, reader } = anyScanner()
  reader.begin(format)
  for (let start = 0; start < lines.length; start = scanner.next) {
    if (scanner.scan(lines, start, lines.length) === 0) return scanner.timeMs
  }
  return undefined
}

/** The greatest event time of the lines. @param head lines that stand before them in their file, and may say how they are read */
export const greatestTimeMs = (
  lines: Uint8Array,
  format = "",
  head: Uint8Array = new Uint8Array(0)
): number | undefined => {
  const { scanner, reader } = anyScanner()
  reader.begin(format)
  for (let start = 0; start < head.length; start = scanner.next) scanner.scan(head, start, head.length)
  let greatest: number | undefined
  for (let start = 0; start < lines.length; start = scanner.next) {
    if (scanner.scan(lines, start, lines.length) === 0 && !(scanner.timeMs <= greatest!)) greatest = scanner.timeMs
  }
  return greatest
}

/** Enough for some hundred lines: a log's greatest time stands near its end. */
const tailBytes = 256 * 1024

/** The greatest event time near the end of a file, ms since the epoch. Rejects as `openFile` does. */
export const lastTimeMs = async (file: ReplayFile, format?: string): Promise<number | undefined> =>
  greatestTimeMs(
    wholeLines(file.bytes === undefined ? await packedTail(file.path) : await plainTail(file.path, file.bytes)),
    format,
    file.head
  )

const plainTail = async (path: string, bytes: number): Promise<Uint8Array> => {
  const handle = await open(path, "r")
  try {
    const length = Math.min(tailBytes, bytes)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, bytes - length)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** Gzip has to be unpacked from its beginning. */
const packedTail = async (path: string): Promise<Uint8Array> => {
  const input = await openFile(path, 0)
  try {
    let tail = Buffer.alloc(0)
    for (let next = await input.next(); next !== undefined; next = await input.next()) {
      tail = Buffer.concat([tail, next])
      if (tail.length > 4 * tailBytes) tail = Buffer.from(tail.subarray(-tailBytes))
    }
    return tail
  } finally {
    await input.close()
  }
}

/** Without the first line, which the cut may have gone through; harmless where it did not. */
const wholeLines = (bytes: Uint8Array): Uint8Array =>
  bytes.length < tailBytes ? bytes : bytes.subarray(bytes.indexOf(10) + 1)

/** By how much times are shifted so that `timeMs` becomes now: whole seconds, as lines tell no finer. */
export const shiftToNow = (timeMs: number, nowMs: number): number => Math.floor((nowMs - timeMs) / 1000) * 1000

/*
 * The times of lines, shifted where they stand, in the form and the zone that they have. In a line of Common or Combined that is one place. In any
 * other line all that is a time near the one that was read is shifted, and the line is read again: it must say the shifted time, or none is sent.
 */

/** A line's time is written in a way that cannot be shifted. */
export class TimeNotShifted extends Error {
  readonly format: string
  constructor(format: string) {
    super(`The time of a line read as ${format} cannot be shifted.`)
    this.format = format
  }
}

/** Lines that do not parse stay as they are. @param shiftMs whole seconds */
export const shiftTimes = (shiftMs: number): Rewrite => {
  const { scanner, reader } = anyScanner()
  const after = anyScanner()
  const writers = new Map<number, TimeWriter>()
  return (lines, format = "") => {
    const shifted = Buffer.from(lines)
    const expected: Array<number> = []
    let isOther = false
    reader.begin(format)
    for (let start = 0; start < lines.length; start = scanner.next) {
      const isRead = scanner.scan(lines, start, lines.length) === 0
      expected.push(isRead ? scanner.timeMs + shiftMs : Number.NaN)
      if (!isRead) continue
      const { timeStart } = scanner
      if (reader.format.inner.kind === "common" && isLogTime(lines, timeStart, start, scanner.lineEnd)) {
        const zone = zoneMinutesAt(lines, timeStart + timeBytes - 5)
        const writer = writers.get(zone) ?? new TimeWriter(zone)
        writers.set(zone, writer)
        writer.write(shifted, timeStart, clockMs(lines, timeStart) - zone * 60_000 + shiftMs)
      } else {
        isOther = true
        shiftAll(shifted, start, scanner.lineEnd, scanner.timeMs, shiftMs)
      }
    }
    if (!isOther) return shifted
    after.reader.begin(format)
    let n = 0
    for (let start = 0; start < shifted.length; start = after.scanner.next, n++) {
      const isRead = after.scanner.scan(shifted, start, shifted.length) === 0
      if (isRead ? after.scanner.timeMs !== expected[n] : !Number.isNaN(expected[n]))
        throw new TimeNotShifted(after.reader.format.name)
    }
    return shifted
  }
}

const logTime = /^(?<day>\d\d)\/(?<month>\w{3})\/(?<year>\d{4}):(?<clock>\d\d:\d\d:\d\d) [+-]\d{4}$/

const textAt = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", from, to)

const isLogTime = (bytes: Uint8Array, at: number, start: number, end: number): boolean =>
  at > start && at + timeBytes <= end && logTime.test(textAt(bytes, at, at + timeBytes))

/** Of `+0530`, in a line that has been scanned. */
const zoneMinutesAt = (bytes: Uint8Array, at: number): number => {
  const digit = (i: number) => bytes[at + i]! - 48
  const minutes = (digit(1) * 10 + digit(2)) * 60 + digit(3) * 10 + digit(4)
  return bytes[at] === 45 ? -minutes : minutes
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
/** NaN where the word names no month. */
const monthIndex = (name: string): number => monthOf.get(name.toLowerCase()) ?? Number.NaN
const monthOf = new Map(months.map((month, i) => [month.toLowerCase(), i]))

/** The time of day and the day at `at`, as if they were of Greenwich. */
const clockMs = (bytes: Uint8Array, at: number): number =>
  msOf(logTime.exec(textAt(bytes, at, at + timeBytes))!.groups as Groups)

/** No zone is further from Greenwich, and nothing else in a line is so near to its time by chance. */
const nearMs = 26 * 3_600_000

const two = (n: number): string => `${n}`.padStart(2, "0")

type Groups = { readonly [group in "year" | "month" | "day" | "clock" | "gap" | "between"]: string }

const nameOf = (d: Date): string => months[d.getUTCMonth()]!
const day = String.raw`(?<day>\d\d)`
const clock = String.raw`(?<clock>\d\d:\d\d:\d\d)`

/** Every form keeps its width, so what stands around it keeps its place. */
const timeForms: ReadonlyArray<{ readonly form: RegExp; readonly written: (d: Date, its: Groups) => string }> = [
  {
    form: new RegExp(`\\b(?<month>${months.join("|")}) (?<day>[ \\d]\\d) ${clock} (?<year>\\d{4})\\b`, "g"),
    written: (d, its) =>
      `${nameOf(d)} ${`${d.getUTCDate()}`.padStart(2, its.day[0] === " " ? " " : "0")} ${clockOf(d)} ${d.getUTCFullYear()}`
  },
  {
    form: new RegExp(`${day}(?<gap>[/ -])(?<month>[A-Za-z]{3})\\k<gap>(?<year>\\d{4})(?<between>[: ])${clock}`, "g"),
    written: (d, { gap, between }) =>
      `${two(d.getUTCDate())}${gap}${nameOf(d)}${gap}${d.getUTCFullYear()}${between}${clockOf(d)}`
  },
  {
    form: new RegExp(`(?<year>\\d{4})(?<gap>[-/])(?<month>\\d\\d)\\k<gap>${day}(?<between>[T\t ,]|",")${clock}`, "g"),
    written: (d, { gap, between }) =>
      `${d.getUTCFullYear()}${gap}${two(d.getUTCMonth() + 1)}${gap}${two(d.getUTCDate())}${between}${clockOf(d)}`
  }
]
const sinceEpoch = /(?<![\d.])(?:\d{10}|\d{13}|\d{16}|\d{19})(?!\d)/g

const clockOf = (d: Date): string => d.toISOString().slice(11, 19)

const msOf = ({ year, month, day, clock }: Groups): number => {
  const [h, m, s] = clock.split(":").map(Number)
  return Date.UTC(+year, /\d/.test(month) ? +month - 1 : monthIndex(month), +day, h, m, s)
}

const shiftAll = (bytes: Buffer, start: number, end: number, timeMs: number, shiftMs: number): void => {
  const isNear = (ms: number) => Math.abs(ms - timeMs) <= nearMs
  let text = bytes.toString("latin1", start, end)
  for (const { form, written } of timeForms) {
    text = text.replace(form, (found: string, ...rest: ReadonlyArray<unknown>) => {
      const groups = rest.at(-1) as Groups
      const ms = msOf(groups)
      return isNear(ms) ? written(new Date(ms + shiftMs), groups) : found
    })
  }
  text = text.replace(sinceEpoch, (found) =>
    isNear(Number(found.slice(0, 10)) * 1000) ? `${BigInt(found) + unitsOf(found.length, shiftMs)}` : found
  )
  if (text.length === end - start) bytes.write(text, start, "latin1")
}

/** Digits of seconds are 10, of milliseconds 13, of microseconds 16, of nanoseconds 19. */
const unitsOf = (digits: number, shiftMs: number): bigint => (BigInt(shiftMs) / 1000n) * 10n ** BigInt(digits - 10)
