import type { DetectionCounts } from "@chaussettes/domain"
import { Clock, Effect, Metric } from "effect"
import type { FoldOutput } from "../fold/fold.ts"

/** What /metrics says of the detection. Counters are those of this process: they begin at 0 with it. */

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })

const counters: { readonly [count in keyof DetectionCounts]: Metric.Counter<number> } = {
  messages: counter("chaussettes_detector_messages_total", "Messages of LOGS read"),
  lines: counter("chaussettes_detector_lines_total", "Lines read"),
  errors: counter(
    "chaussettes_detector_error_lines_total",
    "Lines with a status of 400 or more that came into a window"
  ),
  late: counter("chaussettes_detector_late_lines_total", "Lines whose window was decided before they came"),
  rejected: counter("chaussettes_detector_rejected_lines_total", "Lines that could not be used"),
  gap: counter("chaussettes_detector_gap_messages_total", "Sequences of LOGS that were gone before they could be read"),
  windows: counter("chaussettes_detector_windows_total", "Windows decided"),
  alerts: counter("chaussettes_detector_alerts_total", "Alerts raised")
}

const openWindows = Metric.gauge("chaussettes_detector_open_windows", { description: "Windows that take lines" })
const decidedThrough = Metric.gauge("chaussettes_detector_decided_through_timestamp_seconds", {
  description: "Event time up to which everything is decided"
})
const lag = Metric.gauge("chaussettes_detector_lag_messages", { description: "Messages of LOGS that are not read yet" })
const leading = Metric.gauge("chaussettes_detector_leading", {
  description: "1 while this detector leads, 0 on standby"
})
const seuilsRefused = counter(
  "chaussettes_detector_seuils_refused_total",
  "Values in the bucket seuils that cannot be used"
)
const lives = counter(
  "chaussettes_detector_restarts_total",
  "Times that the detection had to begin again from what is stored"
)
const lastOutput = Metric.gauge("chaussettes_detector_last_read_timestamp_seconds", {
  description: "When LOGS was last read"
})

/** Counts of a fold begin at 0 with each life; the counters go on. */
export const makeMetrics = () => {
  let before: DetectionCounts | undefined
  return {
    lifeBegins: Effect.sync(() => {
      before = undefined
    }),
    output: (output: FoldOutput) =>
      Effect.gen(function* () {
        for (const name of Object.keys(counters) as ReadonlyArray<keyof DetectionCounts>) {
          const more = output.counts[name] - (before?.[name] ?? 0)
          if (more > 0) yield* Metric.update(counters[name], more)
        }
        before = output.counts
        yield* Metric.update(openWindows, output.openWindows)
        if (Number.isFinite(output.decidedThroughMs))
          yield* Metric.update(decidedThrough, output.decidedThroughMs / 1000)
        yield* Metric.update(lastOutput, (yield* Clock.currentTimeMillis) / 1000)
      }),
    lag: (messages: number) => Metric.update(lag, messages),
    leading: (is: boolean) => Metric.update(leading, is ? 1 : 0),
    seuilRefused: Metric.update(seuilsRefused, 1),
    restarted: Metric.update(lives, 1)
  }
}
