import { parseSpanMs } from "@chaussettes/service"

/** When the lines of the background happen, in ms of event time from the start of the traffic. */
export interface Schedule {
  /** Line i, from 0. Never falls with i. */
  readonly atMs: (line: number) => number
}

/** Every `everyMs` the lines come `factor` times as dense for `lengthMs`. */
export interface Burst {
  readonly factor: number
  readonly everyMs: number
  readonly lengthMs: number
}

/**
 * An even schedule. The time of a line is worked out from its number, not added up, so that a month of steps
 * does not drift.
 */
export const evenSchedule = (linesPerSecond: number): Schedule => ({
  atMs: (line) => (line * 1000) / linesPerSecond
})

/** The even schedule with bursts: each period begins with its dense part. The bursts' lines come on top of the rate. */
export const burstSchedule = (linesPerSecond: number, burst: Burst): Schedule => {
  const { factor, everyMs, lengthMs } = burst
  const linesInBurst = (linesPerSecond * factor * lengthMs) / 1000
  const linesAPeriod = linesInBurst + (linesPerSecond * (everyMs - lengthMs)) / 1000
  return {
    atMs: (line) => {
      const period = Math.floor(line / linesAPeriod)
      const rest = line - period * linesAPeriod
      const inPeriodMs =
        rest < linesInBurst
          ? (rest * 1000) / (linesPerSecond * factor)
          : lengthMs + ((rest - linesInBurst) * 1000) / linesPerSecond
      return period * everyMs + inPeriodMs
    }
  }
}

const form = /^(\d+(?:\.\d+)?)x?(?:\/([^/]+)(?:\/([^/]+))?)?$/
const [defaultEveryMs, defaultLengthMs] = [60_000, 5_000]

/** `10x`, `10x/1m`, `10x/1m/5s`: how many times as many lines, how often, for how long. `undefined` where the text is none. */
export const parseBurst = (text: string): Burst | undefined => {
  const m = form.exec(text)
  if (m === null) return undefined
  const factor = Number(m[1])
  const everyMs = m[2] === undefined ? defaultEveryMs : parseSpanMs(m[2])
  const lengthMs = m[3] === undefined ? Math.min(defaultLengthMs, (everyMs ?? 0) / 2) : parseSpanMs(m[3])
  if (everyMs === undefined || lengthMs === undefined) return undefined
  const isRight = factor > 1 && factor <= 1e6 && everyMs > 0 && lengthMs > 0 && lengthMs < everyMs
  return isRight ? { factor, everyMs, lengthMs } : undefined
}
