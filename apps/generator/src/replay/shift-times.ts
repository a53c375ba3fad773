import { TimeWriter, timeBytes } from "../traffic/line-bytes.ts"
import { anyScanner, type Rewrite } from "./rewrite.ts"

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

const logTime = /^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}$/

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
const monthOf = new Map(months.map((month, i) => [month.toLowerCase(), i]))

/** The time of day and the day at `at`, as if they were of Greenwich. */
const clockMs = (bytes: Uint8Array, at: number): number => {
  const [, day, month, year, h, m, s] = /(\d\d)\/(\w{3})\/(\d{4}):(\d\d):(\d\d):(\d\d)/.exec(
    textAt(bytes, at, at + timeBytes)
  )!
  return Date.UTC(Number(year), monthOf.get(month!.toLowerCase()) ?? 0, Number(day), Number(h), Number(m), Number(s))
}

/** No zone is further from Greenwich, and nothing else in a line is so near to its time by chance. */
const nearMs = 26 * 3_600_000

const two = (n: number): string => `${n}`.padStart(2, "0")

const monthFirst = new RegExp(`\\b(${months.join("|")}) ([ \\d]\\d) (\\d\\d):(\\d\\d):(\\d\\d) (\\d{4})\\b`, "g")
const dayFirst = /(\d\d)([/ -])([A-Za-z]{3})\2(\d{4})([: ])(\d\d):(\d\d):(\d\d)/g
const yearFirst = /(\d{4})([-/])(\d\d)\2(\d\d)([T\t ,]|",")(\d\d):(\d\d):(\d\d)/g
const sinceEpoch = /(?<![\d.])(?:\d{10}|\d{13}|\d{16}|\d{19})(?!\d)/g

/** Every form keeps its width, so what stands around it keeps its place. */
const shiftAll = (bytes: Buffer, start: number, end: number, timeMs: number, shiftMs: number): void => {
  const moved = (ms: number): Date | undefined => (Math.abs(ms - timeMs) <= nearMs ? new Date(ms + shiftMs) : undefined)
  const clock = (d: Date) => `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`
  const text = bytes
    .toString("latin1", start, end)
    .replace(monthFirst, (found: string, month: string, day: string, h: string, m: string, s: string, year: string) => {
      const d = moved(Date.UTC(+year, months.indexOf(month), +day, +h, +m, +s))
      if (d === undefined) return found
      return `${months[d.getUTCMonth()]} ${`${d.getUTCDate()}`.padStart(2, day[0] === " " ? " " : "0")} ${clock(d)} ${d.getUTCFullYear()}`
    })
    .replace(
      dayFirst,
      (
        found: string,
        day: string,
        gap: string,
        month: string,
        year: string,
        between: string,
        h: string,
        m: string,
        s: string
      ) => {
        const d = moved(Date.UTC(+year, monthOf.get(month.toLowerCase()) ?? Number.NaN, +day, +h, +m, +s))
        if (d === undefined) return found
        return `${two(d.getUTCDate())}${gap}${months[d.getUTCMonth()]}${gap}${d.getUTCFullYear()}${between}${clock(d)}`
      }
    )
    .replace(
      yearFirst,
      (
        found: string,
        year: string,
        gap: string,
        month: string,
        day: string,
        between: string,
        h: string,
        m: string,
        s: string
      ) => {
        const d = moved(Date.UTC(+year, +month - 1, +day, +h, +m, +s))
        if (d === undefined) return found
        return `${d.getUTCFullYear()}${gap}${two(d.getUTCMonth() + 1)}${gap}${two(d.getUTCDate())}${between}${clock(d)}`
      }
    )
    .replace(sinceEpoch, (found) => {
      const ms = Number(found.slice(0, 10)) * 1000
      return moved(ms) === undefined ? found : `${BigInt(found) + unitsOf(found.length, shiftMs)}`
    })
  if (text.length === end - start) bytes.write(text, start, "latin1")
}

/** Digits of seconds are 10, of milliseconds 13, of microseconds 16, of nanoseconds 19. */
const unitsOf = (digits: number, shiftMs: number): bigint => (BigInt(shiftMs) / 1000n) * 10n ** BigInt(digits - 10)
