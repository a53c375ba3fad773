import { LineScanner, limits } from "@chaussettes/domain"
import { evenSchedule } from "../../src/traffic/schedule.ts"
import { Traffic, type TrafficSettings } from "../../src/traffic/traffic.ts"

export const startMs = Date.UTC(2026, 0, 5, 3, 0, 0)

export const settings = (some: Partial<TrafficSettings> = {}): TrafficSettings => ({
  seed: 7,
  errorUsers: 0.2,
  errorUrls: 0.15,
  errorRate: 0.15,
  startMs,
  schedule: evenSchedule(5),
  zoneMinutes: 0,
  incidents: [],
  late: 0,
  lateByMs: 20_000,
  malformed: 0,
  ...some
})

/** The lines of some traffic, with an LF behind each. */
export const produce = (traffic: Traffic, lines: number, untilMs = Number.POSITIVE_INFINITY): Buffer => {
  const parts: Array<Buffer> = []
  let left = lines
  for (;;) {
    const buffer = { bytes: new Uint8Array(64 * 1024), length: 0 }
    const written = traffic.fill(buffer, untilMs, Math.min(left, 200))
    if (written === 0) break
    left -= written
    parts.push(Buffer.from(buffer.bytes.subarray(0, buffer.length)), Buffer.from("\n"))
  }
  return Buffer.concat(parts)
}

export const trafficBytes = (some: Partial<TrafficSettings>, lines: number): Buffer =>
  produce(new Traffic(settings(some)), lines)

export interface Parsed {
  readonly timeMs: number
  readonly client: string
  readonly url: string
  readonly isError: boolean
  readonly text: string
}

/** The lines as the detector's own scanner reads them. */
export const parse = (bytes: Uint8Array): { readonly lines: ReadonlyArray<Parsed>; readonly rejected: number } => {
  const scanner = new LineScanner("path", limits.lineBytes, 1)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const lines: Array<Parsed> = []
  let rejected = 0
  for (let start = 0; start < bytes.length; start = scanner.next) {
    if (scanner.scan(bytes, start, bytes.length) !== 0) {
      rejected++
      continue
    }
    lines.push({
      timeMs: scanner.timeMs,
      client: text.toString("latin1", scanner.clientStart, scanner.clientEnd),
      url: text.toString("latin1", scanner.urlStart, scanner.urlEnd),
      isError: scanner.status >= 400,
      text: text.toString("latin1", start, scanner.lineEnd)
    })
  }
  return { lines, rejected }
}

export const rateOf = (lines: ReadonlyArray<Parsed>): number => lines.filter((l) => l.isError).length / lines.length
