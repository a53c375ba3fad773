import { Effect, Metric, Schedule } from "effect"
import type { Hub } from "./hub.ts"

const gauge = (name: string, description: string) => Metric.gauge(name, { description })

const viewers = gauge("chaussettes_dashboard_viewers", "Viewers connected to the event stream now")
const cutOff = Metric.counter("chaussettes_dashboard_viewers_cut_off_total", {
  description: "Viewers that were cut off because they read too slowly",
  incremental: true
})
const loaded = gauge("chaussettes_dashboard_loaded_ratio", "Share of WINDOWS that has been read, 0 to 1")
const windowAt = gauge("chaussettes_dashboard_last_window_timestamp_seconds", "End of the newest window that is shown")

/** Keeps /metrics of the page up to date (docs/metrics.md). Never ends. */
export const measure = (feed: {
  readonly hub: Hub
  readonly loaded: () => number
  readonly lastWindowEndMs: () => number | undefined
}): Effect.Effect<never> => {
  let told = 0
  return Effect.gen(function* () {
    yield* Metric.update(viewers, feed.hub.viewers)
    yield* Metric.update(cutOff, feed.hub.cutOff - told)
    told = feed.hub.cutOff
    yield* Metric.update(loaded, feed.loaded())
    const endMs = feed.lastWindowEndMs()
    if (endMs !== undefined) yield* Metric.update(windowAt, endMs / 1000)
  }).pipe(Effect.repeat(Schedule.spaced("1 second")), Effect.andThen(Effect.never))
}
