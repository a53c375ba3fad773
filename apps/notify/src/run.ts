import {
  alertsStream,
  answerAsService,
  bucketStream,
  Connection,
  layerAlertsLog,
  layerNotifyPositions,
  layerWindowsLog,
  notifyBucket,
  streamsUsable,
  windowsStream
} from "@chaussettes/jetstream"
import {
  connectionHealth,
  connectionSettings,
  Health,
  operationsLayer,
  sayWaiting,
  serviceWaits,
  telemetryLayer,
  toUserFailure,
  type UserFailure
} from "@chaussettes/service"
import { Effect, Layer, Option } from "effect"
import type { NotifyInput } from "./flags.ts"
import { follow } from "./follow.ts"
import { atOnce, type Policy } from "./outbox.ts"
import { receiversOf } from "./receivers.ts"
import { testReceivers } from "./test-receivers.ts"

/** Open incidents that a receiver is told of at most. More at once is one event, and nobody reads a thousand messages of it. */
const mostTold = 1_000

const policyOf = ({ digestMs, limit }: NotifyInput): Policy =>
  Option.isNone(digestMs) && Option.isNone(limit)
    ? atOnce
    : { digestMs: Option.getOrElse(digestMs, () => 0), limit: Option.getOrUndefined(limit) }

/** The service. Receivers are told apart from each other: one that is down keeps none of the others from hearing. */
export const notify = (input: NotifyInput): Effect.Effect<void, UserFailure> =>
  Effect.gen(function* () {
    const receivers = yield* receiversOf({
      ...input,
      policy: policyOf(input),
      pageUrl: Option.getOrUndefined(input.pageUrl)
    })
    if (input.test) return yield* testReceivers(receivers, input.json)
    const program = Effect.gen(function* () {
      yield* streamsUsable([windowsStream, alertsStream, bucketStream(notifyBucket)], { onWaiting: sayWaiting() })
      yield* Effect.forkScoped(connectionHealth(yield* Connection))
      yield* answerAsService(yield* Connection, {
        name: "chaussettes-notify",
        description: "Tells people and programs of incidents",
        unready: (yield* Health).unready
      })
      yield* Effect.forEach(receivers, (receiver) => follow(receiver, { quiet: input.quiet, mostTold }), {
        concurrency: "unbounded",
        discard: true
      })
    })
    yield* Effect.scoped(program).pipe(
      Effect.provide(
        Layer.mergeAll(layerWindowsLog, layerAlertsLog, layerNotifyPositions).pipe(
          Layer.provideMerge(Connection.layer(connectionSettings(input.nats, "notify"), serviceWaits()))
        )
      ),
      Effect.provide(
        Layer.mergeAll(operationsLayer(input.operations), telemetryLayer("notify")).pipe(
          Layer.provideMerge(Health.layer("nats", ...receivers.map(({ name }) => name)))
        )
      )
    )
  }).pipe(Effect.mapError(toUserFailure))
