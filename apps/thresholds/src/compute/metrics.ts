import { Clock, Effect, Metric } from "effect"

/** How a round of the service ended. */
const outcomes = ["published", "unchanged", "refused", "dry_run", "failed"] as const
export type Outcome = (typeof outcomes)[number]

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })
const gauge = (name: string, description: string) => Metric.gauge(name, { description })

const runs = (outcome: Outcome) =>
  Metric.withAttributes(counter("chaussettes_thresholds_runs_total", "Rounds of the service, and how they ended"), {
    outcome
  })
const lastRun = gauge(
  "chaussettes_thresholds_last_run_timestamp_seconds",
  "When the last round that did not fail ended"
)
const lastPublished = gauge(
  "chaussettes_thresholds_last_published_timestamp_seconds",
  "When this process last published thresholds"
)
const duration = gauge("chaussettes_thresholds_last_run_duration_seconds", "How long the last round took")
const lines = gauge("chaussettes_thresholds_last_run_lines", "Lines that the last round used")
const windows = gauge("chaussettes_thresholds_last_run_windows", "Windows that the last round used")

/** Series that are there from the start: the first increase of one that appears later goes unseen. */
export const beginMetrics = Effect.forEach(outcomes, (outcome) => Metric.update(runs(outcome), 0), { discard: true })

/** Measures a round. */
export const measured = Effect.fn("measured")(function* <E, R>(
  round: Effect.Effect<Outcome, E, R>
): Effect.fn.Return<Outcome, E, R> {
  const startNanos = yield* Clock.currentTimeNanos
  const outcome = yield* Effect.tapError(round, () => Metric.update(runs("failed"), 1))
  const nowSeconds = (yield* Clock.currentTimeMillis) / 1000
  yield* Metric.update(runs(outcome), 1)
  yield* Metric.update(lastRun, nowSeconds)
  if (outcome === "published") yield* Metric.update(lastPublished, nowSeconds)
  yield* Metric.update(duration, Number((yield* Clock.currentTimeNanos) - startNanos) / 1e9)
  return outcome
})

export const learntFrom = (counts: { readonly lines: number; readonly windows: number }): Effect.Effect<void> =>
  Effect.andThen(Metric.update(lines, counts.lines), Metric.update(windows, counts.windows))
