import {
  type DetectionCounts,
  type Dimension,
  defaultDimensions,
  dimensionsIn,
  type IncidentKind,
  incidentKinds,
  type RejectReason,
  rateOf,
  rejectReasons,
  type ThresholdsInForce
} from "@chaussettes/domain"
import { Clock, Effect, Metric } from "effect"
import type { EncodedAlert, FoldOutput } from "../fold/fold.ts"
import { responseClasses } from "../fold/responses.ts"

/**
 * What /metrics says of the detection (docs/metrics.md). Counters are those of this process: they begin at 0 with it. Labels come from
 * closed sets only: neither a source nor a client nor a URL ever becomes one.
 */

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })
const gauge = (name: string, description: string) => Metric.gauge(name, { description })

type Plain = Exclude<keyof DetectionCounts, "rejected" | "alerts">

const counters: { readonly [count in Plain]: Metric.Counter<number> } = {
  messages: counter("chaussettes_detector_messages_total", "Messages of LOGS read"),
  lines: counter("chaussettes_detector_lines_total", "Lines read"),
  errors: counter(
    "chaussettes_detector_error_lines_total",
    "Lines whose status counts as an error for all traffic (--errors, by default 400 and above) that came into a window"
  ),
  revised: counter(
    "chaussettes_detector_revised_lines_total",
    "Lines that came for a decided window and were folded into it by a revision"
  ),
  late: counter("chaussettes_detector_late_lines_total", "Lines that came beyond the horizon and are in no window"),
  ignored: counter(
    "chaussettes_detector_ignored_lines_total",
    "Lines that a rule ignores, so that they are in no window"
  ),
  gap: counter("chaussettes_detector_gap_messages_total", "Sequences of LOGS that were gone before they could be read"),
  windows: counter("chaussettes_detector_windows_total", "Windows decided"),
  revisions: counter("chaussettes_detector_revisions_total", "Decided windows judged again with lines that came late")
}
const plain = Object.keys(counters) as ReadonlyArray<Plain>

/** Late lines have a counter of their own. */
const reasons = rejectReasons.filter((reason) => reason !== "late")
const rejected = (reason: RejectReason) =>
  Metric.withAttributes(counter("chaussettes_detector_rejected_lines_total", "Unusable lines, each with the reason"), {
    reason
  })

const responses = responseClasses.map((name) =>
  Metric.withAttributes(
    counter(
      "chaussettes_detector_responses_total",
      "Lines of decided windows by the class of their status; those that came late are not among them"
    ),
    { class: name }
  )
)

const withheld = counter(
  "chaussettes_detector_rejects_withheld_total",
  "Rejected or late lines that are not in REJECTS, because there were too many at once"
)

const severities = ["high", "medium"] as const
const alerts = (dimension: string, severity: string) =>
  Metric.withAttributes(counter("chaussettes_detector_alerts_total", "Alerts stored"), { dimension, severity })

const openIncidents = (kind: IncidentKind) =>
  Metric.withAttributes(gauge("chaussettes_detector_open_incidents", "Incidents that go on"), { kind })

const openWindows = gauge("chaussettes_detector_open_windows", "Windows that take lines")
const decidedThrough = gauge(
  "chaussettes_detector_decided_through_timestamp_seconds",
  "Event time up to which everything is decided"
)
const watermarkAge = gauge(
  "chaussettes_detector_watermark_age_seconds",
  "The log's clock less the event time up to which everything is decided; after a silence, the silence too"
)
const offClock = gauge(
  "chaussettes_detector_sources_off_clock",
  "Sources whose clock has been wrong for the last five minutes: `chaussettes status` names them"
)
const recentLines = gauge("chaussettes_detector_recent_lines", "Lines stored in the last five minutes")
const withoutVerdictKinds = ["late", "future", "unparsed"] as const
const withoutVerdict = (kind: (typeof withoutVerdictKinds)[number]) =>
  Metric.withAttributes(
    gauge(
      "chaussettes_detector_recent_lines_without_verdict",
      "Of the recent lines, those that got no verdict, and why"
    ),
    { kind }
  )

const lag = gauge("chaussettes_detector_lag_messages", "Messages of LOGS that are not read yet")
const leading = gauge("chaussettes_detector_leading", "1 while this detector leads, 0 on standby")
const storeWaiting = gauge(
  "chaussettes_detector_store_waiting",
  "1 while WINDOWS, ALERTS or REJECTS does not accept writes"
)
const lastRead = gauge("chaussettes_detector_last_read_timestamp_seconds", "When LOGS was last read")
const commits = Metric.histogram("chaussettes_detector_commit_duration_seconds", {
  description:
    "From deciding windows to their records and alerts being stored; one observation for what is decided together",
  boundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
})
const thresholdsRefused = counter(
  "chaussettes_detector_seuils_refused_total",
  "Values in the bucket seuils that cannot be used"
)
const rulesRefused = counter(
  "chaussettes_detector_rules_refused_total",
  "Values in the bucket rules that cannot be used"
)
const lives = counter("chaussettes_detector_restarts_total", "Times that detection restarted from what is stored")
const ofDimension =
  (dimension: Dimension) =>
  <A extends Metric.Gauge<number>>(metric: A) =>
    Metric.withAttributes(metric, { dimension })
const thresholdRevision = gauge(
  "chaussettes_detector_seuil_revision",
  "Revision of the threshold in force; 0 for the built-in one"
)
const thresholdRate = gauge("chaussettes_detector_seuil_ratio", "Error rate of the threshold in force, 0 to 1")
const thresholdPut = gauge(
  "chaussettes_detector_seuil_timestamp_seconds",
  "When the threshold in force was stored in the bucket"
)

/** A series that is there from the start: the first increase of one that appears later goes unseen. */
const beginAtNought = Effect.all(
  [
    ...plain.map((count) => Metric.update(counters[count], 0)),
    ...reasons.map((reason) => Metric.update(rejected(reason), 0)),
    ...defaultDimensions.flatMap((dimension) =>
      severities.map((severity) => Metric.update(alerts(dimension, severity), 0))
    ),
    ...[...responses, thresholdsRefused, rulesRefused, lives, withheld].map((metric) => Metric.update(metric, 0)),
    ...withoutVerdictKinds.map((kind) => Metric.update(withoutVerdict(kind), 0)),
    ...incidentKinds.map((kind) => Metric.update(openIncidents(kind), 0)),
    ...[leading, storeWaiting, lag, openWindows, offClock, recentLines].map((metric) => Metric.update(metric, 0))
  ],
  { discard: true }
)

/** When each part of the output was decided, until it is stored. Steps are decided and stored in the order of LOGS. */
interface Decided {
  readonly throughSeq: number
  readonly atNanos: bigint
}

/** Parts under way at most; where storing stands still for long, the newest go unmeasured. */
const mostUnderWay = 1_024

export const makeMetrics = () => {
  /** Counts of a fold begin at 0 with each life; the counters go on. */
  let before: Pick<FoldOutput, "counts" | "rejectedBy" | "withheld"> | undefined
  let underWay: Array<Decided> = []
  return {
    begin: beginAtNought,
    lifeBegins: Effect.sync(() => {
      before = undefined
      underWay = []
    }),
    output: (output: FoldOutput) =>
      Effect.gen(function* () {
        for (const count of plain) {
          const more = output.counts[count] - (before?.counts[count] ?? 0)
          if (more > 0) yield* Metric.update(counters[count], more)
        }
        if (output.counts.rejected > (before?.counts.rejected ?? 0)) {
          for (const reason of reasons) {
            const more = output.rejectedBy[reason] - (before?.rejectedBy[reason] ?? 0)
            if (more > 0) yield* Metric.update(rejected(reason), more)
          }
        }
        for (const [i, metric] of responses.entries()) {
          const lines = output.responses[i]!
          if (lines > 0) yield* Metric.update(metric, lines)
        }
        const moreWithheld = output.withheld - (before?.withheld ?? 0)
        if (moreWithheld > 0) yield* Metric.update(withheld, moreWithheld)
        before = output
        yield* Metric.update(openWindows, output.openWindows)
        for (const kind of incidentKinds) yield* Metric.update(openIncidents(kind), output.openIncidents[kind] ?? 0)
        if (Number.isFinite(output.decidedThroughMs)) {
          yield* Metric.update(decidedThrough, output.decidedThroughMs / 1000)
          if (Number.isFinite(output.clockMs)) {
            yield* Metric.update(watermarkAge, (output.clockMs - output.decidedThroughMs) / 1000)
          }
        }
        if (output.tally !== undefined) {
          const { total, off_clock: off } = output.tally
          const { future = 0, ...unparsed } = total.rejected
          yield* Metric.update(offClock, off)
          yield* Metric.update(recentLines, total.lines)
          yield* Metric.update(withoutVerdict("late"), total.late)
          yield* Metric.update(withoutVerdict("future"), future)
          yield* Metric.update(
            withoutVerdict("unparsed"),
            Object.values(unparsed).reduce((sum, lines) => sum + lines, 0)
          )
        }
        yield* Metric.update(lastRead, (yield* Clock.currentTimeMillis) / 1000)
        if (output.decided > 0 && output.position !== undefined && underWay.length < mostUnderWay) {
          underWay.push({ throughSeq: output.position.highestSeq, atNanos: yield* Clock.currentTimeNanos })
        }
      }),
    stored: (stored: ReadonlyArray<EncodedAlert>, throughSeq: number) =>
      Effect.gen(function* () {
        const nowNanos = yield* Clock.currentTimeNanos
        while (underWay[0] !== undefined && underWay[0].throughSeq <= throughSeq) {
          yield* Metric.update(commits, Number(nowNanos - underWay.shift()!.atNanos) / 1e9)
        }
        const counts = new Map<string, number>()
        for (const { subject } of stored) counts.set(subject, (counts.get(subject) ?? 0) + 1)
        for (const [subject, count] of counts) {
          const [, dimension = "", severity = ""] = subject.split(".")
          yield* Metric.update(alerts(dimension, severity), count)
        }
      }),
    thresholds: (inForce: ThresholdsInForce, putMs: (dimension: Dimension) => number | undefined) =>
      Effect.forEach(
        dimensionsIn(inForce),
        (dimension) =>
          Effect.gen(function* () {
            const of = ofDimension(dimension)
            const { value, revision } = inForce[dimension]!
            // Only now it is known which dimensions are on.
            for (const severity of severities) yield* Metric.update(alerts(dimension, severity), 0)
            yield* Metric.update(of(thresholdRevision), revision)
            yield* Metric.update(of(thresholdRate), rateOf(value))
            const ms = putMs(dimension)
            if (ms !== undefined) yield* Metric.update(of(thresholdPut), ms / 1000)
          }),
        { discard: true }
      ),
    lag: (messages: number) => Metric.update(lag, messages),
    leading: (is: boolean) => Metric.update(leading, is ? 1 : 0),
    storeWaiting: (is: boolean) => Metric.update(storeWaiting, is ? 1 : 0),
    rulesRefused: Metric.update(rulesRefused, 1),
    thresholdRefused: Metric.update(thresholdsRefused, 1),
    restarted: Metric.update(lives, 1)
  }
}
