import type { DetectionSettings, IncidentModelInForce, ThresholdsInForce } from "@chaussettes/domain"
import { type BucketRules, RulesChanged, withRules } from "@chaussettes/service/rules-in-force"
import { Clock, Effect, Stream, SubscriptionRef } from "effect"
import { type LeaseOptions, lead } from "./lease.ts"
import { type RunError, type RunServices, run } from "./run.ts"
import { withMeasured } from "./source-offsets.ts"
import type { Watch } from "./watch.ts"

export interface DetectorOptions {
  readonly settings: DetectionSettings
  /** Sources whose offsets are measured and set right. */
  readonly measuredSources?: ReadonlyArray<string>
  readonly thresholds: SubscriptionRef.SubscriptionRef<ThresholdsInForce>
  /** What incidents are judged by. */
  readonly incidentModel: SubscriptionRef.SubscriptionRef<IncidentModelInForce>
  /** How lines are read, beside what the settings say. A change ends the life; the next one reads on by the new rules. */
  readonly rules?: SubscriptionRef.SubscriptionRef<BucketRules>
  readonly untilCaughtUp: boolean
  readonly lease: LeaseOptions
  readonly watch: DetectorWatch
}

/** What the detector tells of itself between lives. */
export interface DetectorWatch extends Watch {
  readonly onStandby: (leader: string) => Effect.Effect<void>
  /** A life has ended before its time, and why; another one begins after the pause. */
  readonly onEnded: (why: RunError | "lease lost", pauseMs: number) => Effect.Effect<void>
}

const firstPauseMs = 100
const longestPauseMs = 5_000
/** A life that lasted so long went well. */
const calmMs = 30_000

/**
 * The detector: waits for the lead, lives, and when a life ends before its time begins another one, for ever. One that another has
 * overtaken goes back to waiting for the lead; one that only found something else stored than it knew, or a source off the clock, begins again within its lead; one that
 * could not go on waits a little longer each time.
 */
export const detector = (options: DetectorOptions): Effect.Effect<void, never, RunServices> => {
  const { watch, measuredSources = [] } = options
  let found: DetectionSettings["sourceOffsets"] = {}
  const within = (epoch: number): Effect.Effect<void, RunError, Effect.Services<ReturnType<typeof run>>> =>
    withMeasured(options.settings, measuredSources, found).pipe(
      Effect.flatMap((settings) =>
        byRules(options.rules, settings, (now) => Effect.scoped(run({ ...options, settings: now, epoch })))
      ),
      Effect.catchTag(["Foreign", "Diverged", "OffTheClock", "RulesChanged"], (why) => {
        if (why._tag === "OffTheClock") found = { ...found, [why.source]: why.offsetMs }
        return Effect.andThen(
          Effect.andThen(watch.onEnded(why, firstPauseMs), Effect.sleep(firstPauseMs)),
          Effect.suspend(() => within(epoch))
        )
      })
    )
  const once = Effect.scoped(
    Effect.gen(function* () {
      const { generation, lost } = yield* lead(options.lease, watch.onStandby)
      return yield* Effect.raceFirst(
        Effect.as(within(generation), "done" as const),
        Effect.as(lost, "lease lost" as const)
      )
    })
  )
  const from = (pauseMs: number): Effect.Effect<void, never, Effect.Services<typeof once>> =>
    Effect.gen(function* () {
      const startedMs = yield* Clock.currentTimeMillis
      const end = yield* Effect.result(once)
      if (end._tag === "Success" && end.success === "done") return
      const why = end._tag === "Success" ? ("lease lost" as const) : end.failure
      yield* watch.onEnded(why, pauseMs)
      yield* Effect.sleep(pauseMs)
      // Only trouble with the server that comes back at once makes the pause longer.
      const again = isTrouble(why) && (yield* Clock.currentTimeMillis) - startedMs < calmMs
      return yield* from(again ? Math.min(pauseMs * 2, longestPauseMs) : firstPauseMs)
    })
  return from(firstPauseMs)
}

/** Lives by the rules in force, until they are others. */
const byRules = <R>(
  rules: SubscriptionRef.SubscriptionRef<BucketRules> | undefined,
  settings: DetectionSettings,
  live: (settings: DetectionSettings) => Effect.Effect<void, RunError, R>
): Effect.Effect<void, RunError, R> =>
  Effect.gen(function* () {
    if (rules === undefined) return yield* live(settings)
    const inForce = yield* SubscriptionRef.get(rules)
    const changed = SubscriptionRef.changes(rules).pipe(
      Stream.filter((now) => now !== inForce),
      Stream.runHead,
      Effect.andThen(
        Effect.suspend(() =>
          Effect.flatMap(SubscriptionRef.get(rules), (now) => Effect.fail(new RulesChanged({ rules: now })))
        )
      )
    )
    yield* Effect.raceFirst(live(withRules(settings, inForce)), changed)
  })

const isTrouble = (why: RunError | "lease lost"): boolean => why !== "lease lost" && why._tag !== "Fenced"
