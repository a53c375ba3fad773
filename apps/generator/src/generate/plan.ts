import { type UserFailure, wrongUsage } from "@chaussettes/service"
import { Option, Result } from "effect"
import { burstSchedule, evenSchedule } from "../traffic/schedule.ts"
import type { TrafficSettings } from "../traffic/traffic.ts"
import { parseZoneMinutes } from "../zone.ts"
import type { GenerateInput } from "./flags.ts"
import type { Pace } from "./pace.ts"

/** What `generate` is to do, worked out from its flags alone. */
export interface GeneratePlan {
  readonly traffic: TrafficSettings
  readonly pace: Pace
  /** How many lines at most. */
  readonly count: number
  /** The last event time, in ms from the start: history ends at the present. */
  readonly throughMs: number
  /** Event time runs ahead of the clock from some line on; the detector will reject those as `future`. */
  readonly runsAhead: boolean
}

/** Event time's lines a second where neither the rate nor --per-second says. */
const defaultPerSecond = 5

/**
 * @param nowMs ms since the epoch
 * @param seed for when the flags give none
 */
export const planOf = (flags: GenerateInput, nowMs: number, seed: number): Result.Result<GeneratePlan, UserFailure> => {
  const { rate } = flags
  const isHistory = Option.isSome(flags.start)
  if (!isHistory && Option.isSome(flags.perSecond)) {
    return Result.fail(wrongUsage("--per-second applies only to history: give --start, too."))
  }
  if (rate === "max" && !isHistory && Option.isSome(flags.burst)) {
    return Result.fail(wrongUsage("--burst needs a rate: give --rate as a number, or --start with --per-second."))
  }
  const startMs = Option.getOrElse(flags.start, () => nowMs)
  const count = Option.getOrElse(flags.count, () => Number.POSITIVE_INFINITY)
  if (isHistory && startMs >= nowMs && count === Number.POSITIVE_INFINITY) {
    return Result.fail(
      wrongUsage("--start is in the future, and history ends at the present: give an earlier --start, or --count.")
    )
  }
  const perSecond = Option.getOrElse(flags.perSecond, () => (rate === "max" ? defaultPerSecond : rate))
  const schedule =
    rate === "max" && !isHistory
      ? undefined
      : Option.match(flags.burst, {
          onNone: () => evenSchedule(perSecond),
          onSome: (burst) => burstSchedule(perSecond, burst)
        })
  const throughMs = isHistory && count === Number.POSITIVE_INFINITY ? nowMs - startMs : Number.POSITIVE_INFINITY
  return Result.succeed({
    traffic: {
      seed: Option.getOrElse(flags.seed, () => seed),
      errorUsers: flags.errorUsers / 100,
      errorUrls: flags.errorUrls / 100,
      errorRate: flags.errorRate / 100,
      startMs,
      schedule,
      zoneMinutes: parseZoneMinutes(flags.zone) ?? 0,
      incidents: flags.incidents,
      late: flags.late / 100,
      lateByMs: flags.lateByMs,
      malformed: flags.malformed / 100
    },
    pace:
      rate === "max" ? { _tag: "Max", isHistory } : { _tag: "Even", eventMsPerMs: isHistory ? rate / perSecond : 1 },
    count,
    throughMs,
    runsAhead: isHistory && count < Number.POSITIVE_INFINITY && startMs + schedule!.atMs(count - 1) > nowMs
  })
}
