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
  type NatsFlagValues,
  operationsLayer,
  sayWaiting,
  serviceWaits,
  telemetryLayer,
  toUserFailure,
  type UserFailure
} from "@chaussettes/service"
import { Effect, Layer, Option } from "effect"
import { follow } from "./follow.ts"
import { receiversOf } from "./receivers.ts"

export interface NotifyInput {
  readonly nats: NatsFlagValues
  readonly alertmanager: ReadonlyArray<string>
  readonly webhook: ReadonlyArray<string>
  readonly pageUrl: Option.Option<string>
  readonly quiet: number
  readonly refreshMs: number
  readonly operations: { readonly httpPort: Option.Option<number>; readonly httpHost: string }
}

/** Open incidents that a receiver is told of at most. More at once is one event, and nobody reads a thousand messages of it. */
const mostTold = 1_000

/** The service. Receivers are told apart from each other: one that is down keeps none of the others from hearing. */
export const notify = (input: NotifyInput): Effect.Effect<void, UserFailure> =>
  Effect.gen(function* () {
    const receivers = yield* receiversOf({ ...input, pageUrl: Option.getOrUndefined(input.pageUrl) })
    const program = Effect.gen(function* () {
      yield* streamsUsable([windowsStream, alertsStream, bucketStream(notifyBucket)], { onWaiting: sayWaiting() })
      yield* Effect.forkScoped(connectionHealth(yield* Connection))
      yield* answerAsService(yield* Connection, {
        name: "chaussettes-notify",
        description: "Tells Alertmanager and webhooks of incidents",
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
