import type { Delays } from "./source-clock.ts"

/** What is wrong with a source's clock: a whole time zone, or it goes fast or slow. */
type ClockFaultKind = "zone" | "fast" | "slow"

/** A source whose newest lines are always off by the same. */
export interface ClockFault {
  readonly kind: ClockFaultKind
  /** How far its lines are ahead of the time at which they were stored, in ms; below 0 they are behind. */
  readonly ahead_ms: number
}

/** A source is judged by no fewer seconds in which it sent something. */
const leastSamples = 20
/** Lines are never ahead by themselves; behind they are by what their shipper needs. */
const [leastAheadMs, leastBehindMs] = [5_000, 30_000]
/** Beyond what any zone makes (UTC+14 read as UTC-12): such lines are history. */
const mostMs = 26 * 3_600_000
const quarterMs = 900_000
/** What a shipper adds to an offset of whole quarters of an hour, and a clock that is not quite right. */
const nearZoneMs = 60_000

/**
 * What the delays of a source's newest lines say of its clock; undefined where it is right, or they do not tell. The delays must be nearly the
 * same all the time: those of a log that is replayed shrink, or grow, with each line.
 */
export const clockFaultOf = (delays: Delays | undefined): ClockFault | undefined => {
  if (delays === undefined || delays.samples < leastSamples) return undefined
  const { p10Ms, medianMs, p90Ms, trendMs } = delays
  const size = Math.abs(medianMs)
  if (size < (medianMs < 0 ? leastAheadMs : leastBehindMs) || size > mostMs) return undefined
  const spreadMs = p90Ms - p10Ms
  if (spreadMs > size / 10 + 1_000) return undefined
  if (Math.abs(trendMs) > 2_000 && Math.abs(trendMs) > 0.4 * spreadMs) return undefined
  const quarters = Math.round(medianMs / quarterMs)
  if (quarters !== 0 && Math.abs(medianMs - quarters * quarterMs) <= nearZoneMs) {
    return { kind: "zone", ahead_ms: -quarters * quarterMs }
  }
  // Whatever a line waits for makes its delay greater: the least ones are the clock's.
  const aheadMs = -Math.round(p10Ms / 1_000) * 1_000
  return { kind: aheadMs > 0 ? "fast" : "slow", ahead_ms: aheadMs }
}
