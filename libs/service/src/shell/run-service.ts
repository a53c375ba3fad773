import {
  answerAsService,
  Connection,
  type ConnectOptions,
  type StoreError,
  streamsUsable
} from "@chaussettes/jetstream"
import { Effect, Layer, type Scope } from "effect"
import { toUserFailure, type UserFailure } from "../failure.ts"
import { connectionSettings, type NatsFlagValues } from "../flags/nats.ts"
import { connectionHealth } from "./connection-health.ts"
import { Health } from "./health.ts"
import type { Operations } from "./operations.ts"
import { sayWaiting, serviceWaits } from "./say-waiting.ts"
import { watched } from "./watched.ts"

/** The server that the flags name, and the condition `nats` for as long as it is connected. */
export const connected = (
  nats: NatsFlagValues,
  name: string,
  waits: ConnectOptions = serviceWaits()
): Layer.Layer<Connection, StoreError, Health> =>
  Layer.effectDiscard(Effect.flatMap(Connection, (connection) => Effect.forkScoped(connectionHealth(connection)))).pipe(
    Layer.provideMerge(Connection.layer(connectionSettings(nats, name), waits))
  )

export interface ServiceOptions {
  /** `detector`: it is `chaussettes-detector` among the services of NATS and in what is exported by OTLP. */
  readonly name: string
  /** For `nats micro ls`. */
  readonly description: string
  /** How the connection is called, where that is another name. */
  readonly connection?: string
  /** What must become ready, beside the connection, before the service is. */
  readonly conditions: ReadonlyArray<string>
  /** Streams that must be there and keep what they hold, before anything begins. */
  readonly streams: ReadonlyArray<string>
  readonly nats: NatsFlagValues
  /** None where the service's own HTTP server answers for operators. */
  readonly operations?: Operations
}

/**
 * Runs what never ends: connects, waits for the server however long, says whether it is ready by HTTP, as a NATS service and by OTLP, and ends every
 * failure as a sentence. What a program does with the connection is its own matter.
 */
export const runService = <E, R>(
  { name, description, connection = name, conditions, streams, nats, operations }: ServiceOptions,
  program: Effect.Effect<void, E, R>
): Effect.Effect<void, UserFailure, Exclude<Exclude<Exclude<R, Scope.Scope>, Connection>, Health>> =>
  Effect.gen(function* () {
    // Without them nothing can begin: better said at once than found in a log.
    yield* streamsUsable(streams, { onWaiting: sayWaiting() })
    yield* answerAsService(yield* Connection, {
      name: `chaussettes-${name}`,
      description,
      unready: (yield* Health).unready
    })
    yield* program
  }).pipe(
    Effect.scoped,
    Effect.provide(connected(nats, connection)),
    Effect.provide(watched(operations, name, "nats", ...conditions)),
    Effect.mapError(toUserFailure)
  )
