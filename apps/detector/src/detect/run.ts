import { randomBytes } from "node:crypto"
import { hostname } from "node:os"
import { type Dimension, dimensionsIn, type ThresholdsInForce } from "@chaussettes/domain"
import {
  actsStream,
  alertsStream,
  bucketStream,
  detectorConsumer,
  incidentsStream,
  LogsReader,
  layerIncidentsLog,
  layerIncidentsStore,
  layerStores,
  logsStream,
  notifyBucket,
  ThresholdsStore,
  topology,
  untilAvailable,
  windowsStream
} from "@chaussettes/jetstream"
import { sayWaiting, settingsOf, type UserFailure } from "@chaussettes/service"
import { rulesInForce } from "@chaussettes/service/rules-in-force"
import { runService } from "@chaussettes/service/shell"
import { Clock, Effect, Layer, Schedule, Stream, SubscriptionRef } from "effect"
import { layerFolds } from "../fold/folds.ts"
import { detector } from "../run/detector.ts"
import { incidentModelInForce } from "../run/incidents-in-force.ts"
import { thresholdsInForce } from "../run/thresholds-in-force.ts"
import { catchingUpWords, type Progress } from "./catching-up.ts"
import type { DetectInput } from "./flags.ts"
import { tally } from "./tally.ts"
import { makeWatch } from "./watch.ts"

/** All but how far receivers were told, and what people say: neither changes what is decided. */
const others = [bucketStream(notifyBucket), actsStream]
const streams = topology().flatMap(({ name }) => (others.includes(name) ? [] : [name]))

const lagEvery = "1 second"
const progressEvery = "5 seconds"

export const detect = (input: DetectInput): Effect.Effect<void, UserFailure> => {
  const program = Effect.gen(function* () {
    const reader = yield* LogsReader
    const onWaiting = sayWaiting()
    const watch = yield* makeWatch
    const counted = tally()
    const settings = settingsOf(input)
    const on = dimensionsIn(settings.leastRequests)
    const thresholds = yield* untilAvailable(thresholdsInForce(watch.onBadThreshold, on), { onWaiting })
    const incidentModel = yield* untilAvailable(incidentModelInForce(settings.windowMs, watch.onBadModel), {
      onWaiting
    })
    const rules = yield* untilAvailable(rulesInForce(watch.onBadRules), { onWaiting })
    yield* thresholdsMeasured(thresholds, watch.onThresholds).pipe(Effect.forkScoped)
    let readTo = 0
    let looked: Progress = { atMs: 0, readSeq: 0, lastSeq: 0 }
    yield* reader.state.pipe(
      Effect.flatMap(({ lastSeq }) =>
        Effect.gen(function* () {
          const now = { atMs: yield* Clock.currentTimeMillis, readSeq: readTo, lastSeq }
          const words = catchingUpWords(looked, now)
          looked = now
          if (words !== undefined) yield* Effect.logInfo(words)
        })
      ),
      Effect.ignore,
      Effect.repeat(Schedule.spaced(progressEvery)),
      Effect.forkScoped
    )
    yield* reader.waiting(detectorConsumer).pipe(
      Effect.flatMap((messages) => (messages === undefined ? Effect.void : watch.onLag(messages))),
      Effect.ignore,
      Effect.repeat(Schedule.spaced(lagEvery)),
      Effect.forkScoped
    )
    yield* detector({
      settings,
      measuredSources: input.sourceOffsets.auto,
      thresholds,
      incidentModel,
      rules,
      untilCaughtUp: input.untilCaughtUp,
      lease: { holder: `${hostname()}/${process.pid}/${randomBytes(4).toString("hex")}`, leaseMs: input.leaseMs },
      watch: {
        ...watch,
        onOutput: (output) => {
          readTo = output.highestSeq
          counted.add(output)
          return watch.onOutput(output)
        }
      }
    })
    yield* Effect.sync(() => counted.print(input.json))
  })
  return runService(
    {
      ...input,
      name: "detector",
      connection: "detect",
      description: `Decides windows of ${logsStream} and writes ${windowsStream}, ${alertsStream} and ${incidentsStream}`,
      conditions: ["lead", "logs"],
      streams
    },
    Effect.provide(program, Layer.mergeAll(layerStores, layerIncidentsLog, layerIncidentsStore, layerFolds(input.fold)))
  )
}

/** The thresholds in force and when they were put, at each change. */
const thresholdsMeasured = (
  thresholds: SubscriptionRef.SubscriptionRef<ThresholdsInForce>,
  onThresholds: (inForce: ThresholdsInForce, putMs: (dimension: Dimension) => number | undefined) => Effect.Effect<void>
) =>
  SubscriptionRef.changes(thresholds).pipe(
    Stream.runForEach((inForce) =>
      Effect.gen(function* () {
        const entries = yield* Effect.orElseSucceed((yield* ThresholdsStore).history(), () => [])
        yield* onThresholds(
          inForce,
          (dimension) =>
            entries.find(({ key, revision }) => key === dimension && revision === inForce[dimension]?.revision)
              ?.createdMs
        )
      })
    )
  )
