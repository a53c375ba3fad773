import { type DetectionSettings, defaultSettings, dimensionsIn } from "@chaussettes/domain"
import {
  AlertsLog,
  applyTopology,
  Connection,
  IncidentsLog,
  LogsWriter,
  layerAlertsLog,
  layerDetectorState,
  layerIncidentsLog,
  layerIncidentsStore,
  layerLogsReader,
  layerLogsWriter,
  layerRejectsLog,
  layerThresholdsStore,
  layerWindowsLog,
  type VersionedLog,
  WindowsLog,
  writeFirstThresholds
} from "@chaussettes/jetstream"
/** All ports on a real server, over one connection. */ import type { BucketRules } from "@chaussettes/service/rules-in-force"
import { type Duration, Effect, Fiber, Layer, Schedule, Stream, type SubscriptionRef } from "effect"
import { type Folds, layerFolds } from "../../src/fold/folds.ts"
import { type DetectorWatch, detector } from "../../src/run/detector.ts"
import { incidentModelInForce } from "../../src/run/incidents-in-force.ts"
import { type BadThreshold, thresholdsInForce } from "../../src/run/thresholds-in-force.ts"

export const portsOf = (url: string) =>
  Layer.mergeAll(
    layerLogsReader,
    layerLogsWriter(),
    layerWindowsLog,
    layerAlertsLog,
    layerIncidentsLog,
    layerIncidentsStore,
    layerRejectsLog,
    layerThresholdsStore,
    layerDetectorState
  ).pipe(Layer.provideMerge(Connection.layer({ servers: [url], name: "test" })))

export const prepare = Effect.andThen(applyTopology(), writeFirstThresholds())

export interface DetectorRun {
  readonly settings?: Partial<DetectionSettings>
  readonly measuredSources?: ReadonlyArray<string>
  readonly untilCaughtUp?: boolean
  readonly holder?: string
  readonly leaseMs?: number
  /** Rules of the bucket, where a test has it. */
  readonly rules?: SubscriptionRef.SubscriptionRef<BucketRules>
  readonly watch?: Partial<DetectorWatch>
  readonly onBadThreshold?: (bad: BadThreshold) => Effect.Effect<void>
  readonly folds?: Layer.Layer<Folds>
}

const silentWatch: DetectorWatch = {
  onNotice: () => Effect.void,
  onReady: () => Effect.void,
  onOutput: () => Effect.void,
  onAlerts: () => Effect.void,
  onWaiting: () => () => Effect.void,
  onStandby: () => Effect.void,
  onEnded: () => Effect.void
}

/** The detector in this process, over the ports that are provided. */
export const runDetector = (run: DetectorRun = {}) =>
  Effect.gen(function* () {
    const settings = { ...defaultSettings, ...run.settings }
    const on = dimensionsIn(settings.leastRequests)
    const thresholds = yield* thresholdsInForce(run.onBadThreshold ?? (() => Effect.void), on)
    const incidentModel = yield* incidentModelInForce(settings.windowMs, () => Effect.void)
    yield* detector({
      settings,
      measuredSources: run.measuredSources ?? [],
      thresholds,
      incidentModel,
      ...(run.rules === undefined ? {} : { rules: run.rules }),
      untilCaughtUp: run.untilCaughtUp ?? false,
      lease: { holder: run.holder ?? "test/0/a", leaseMs: run.leaseMs ?? 3_000 },
      watch: { ...silentWatch, ...run.watch }
    })
  }).pipe(Effect.scoped, Effect.provide(run.folds ?? layerFolds("inline")))

/** A detector that runs until the scope is closed or its fiber interrupted; ready when this answers. */
export const startDetector = (run: DetectorRun = {}) =>
  Effect.gen(function* () {
    let ready = false
    const onReady: DetectorWatch["onReady"] = (recovered) =>
      Effect.andThen(
        Effect.sync(() => {
          ready = true
        }),
        (run.watch?.onReady ?? silentWatch.onReady)(recovered)
      )
    const fiber = yield* Effect.forkScoped(runDetector({ ...run, watch: { ...run.watch, onReady } }))
    yield* eventually(
      "the detector is ready",
      Effect.sync(() => ready)
    )
    return { stop: Fiber.interrupt(fiber) }
  })

/** Waits for a condition, not for a time. */
export const eventually = <E, R>(
  what: string,
  condition: Effect.Effect<boolean, E, R>,
  limit: Duration.Input = "15 seconds"
) =>
  condition.pipe(
    Effect.repeat({ until: (holds) => holds, schedule: Schedule.spaced("20 millis") }),
    Effect.timeoutOrElse({ duration: limit, orElse: () => Effect.die(new Error(`it never came true that ${what}`)) })
  )

export const publish = (source: string, text: string, watermark?: "end") =>
  Effect.gen(function* () {
    const writer = yield* LogsWriter
    yield* writer.publish(source, {
      payload: new TextEncoder().encode(text),
      ...(watermark === undefined ? {} : { watermark })
    })
    return yield* writer.flush
  })

const allOf = (log: VersionedLog) =>
  Effect.gen(function* () {
    const { firstSeq } = yield* log.bounds
    const entries = yield* log.readFrom(firstSeq).pipe(Stream.runCollect)
    return entries.map(({ data }) => JSON.parse(data))
  })

export const storedWindows = Effect.flatMap(WindowsLog, allOf)
export const storedAlerts = Effect.flatMap(AlertsLog, allOf)
export const storedIncidents = Effect.flatMap(IncidentsLog, allOf)
