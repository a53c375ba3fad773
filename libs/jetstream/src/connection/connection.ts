import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect, type NatsConnection, TimeoutError } from "@nats-io/transport-node"
import { type Cause, Context, Effect, Layer, Queue, type Scope, Stream } from "effect"
import { type StoreError, Unavailable } from "../errors.ts"
import { connectError } from "./connect-errors.ts"
import { lastWord } from "./last-word.ts"
import { Link, type LinkEvent, type LinkStatus } from "./link.ts"
import { apiPrefixOf, type ConnectionSettings, connectOptions, isAnonymous, shownServers } from "./settings.ts"
import { type OnWaiting, untilAvailable } from "./until-available.ts"

export { type ConnectionSettings, connectionSettingsFromEnv } from "./settings.ts"

/** `connected`, `disconnected` since when and why, or `closed`. */
export type ConnectionStatus = LinkStatus

export interface ConnectOptions {
  /** How long to go on trying when the server is not reachable at first. 0 (default): one attempt, for commands. Infinity: for services. */
  readonly waitMs?: number
  /** Told why there is no connection yet, at each attempt that failed and is tried again. */
  readonly onWaiting?: OnWaiting
  /** How long the end may take to hand over what is still buffered. Default 5 s. */
  readonly drainMs?: number
}

/**
 * The connection to the server. Once it stood it reconnects for ever; what is lost with a broken connection is for the
 * ports to notice (`link`), and for whoever holds a copy of something to read again (`reconnections`).
 */
export class Connection extends Context.Service<
  Connection,
  {
    readonly settings: ConnectionSettings
    readonly status: Effect.Effect<ConnectionStatus>
    /** The status now, and each change. */
    readonly statuses: Stream.Stream<ConnectionStatus>
    /** The number of reconnections so far, at each one. What was heard before may be incomplete: read again. */
    readonly reconnections: Stream.Stream<number>
    /** Version of the connected server, such as `2.15.2`. */
    readonly serverVersion: Effect.Effect<string>
    /** For this package's ports only. */
    readonly nc: NatsConnection
    readonly js: JetStreamClient
    readonly jsm: JetStreamManager
    readonly link: Link
  }
>()("@chaussettes/jetstream/Connection") {
  /** Connects, and drains at the end. Fails with one clear sentence: unreachable, refused, or a failed handshake. */
  static readonly layer = (settings: ConnectionSettings, options: ConnectOptions = {}) =>
    Layer.effect(Connection, makeConnection(settings, options))
}

const attempt = (settings: ConnectionSettings): Effect.Effect<NatsConnection, StoreError> =>
  Effect.flatMap(connectOptions(settings), (options) =>
    Effect.callback<NatsConnection, unknown>((resume) => {
      let isAbandoned = false
      // The client changes the options it is given.
      Promise.resolve()
        .then(() => connect({ ...options }))
        .then(
          (nc) => (isAbandoned ? void nc.close() : resume(Effect.succeed(nc))),
          (cause) => resume(Effect.fail(cause))
        )
      // The client cannot be told to give up: what it still brings is closed.
      return Effect.sync(() => {
        isAbandoned = true
      })
    }).pipe(
      Effect.catch((cause) =>
        Effect.flatMap(
          cause instanceof TimeoutError ? Effect.promise(() => lastWord(options)) : Effect.succeed(undefined),
          (said) =>
            Effect.fail(
              connectError(cause, shownServers(settings), {
                anonymousTls: options.tls !== undefined && settings.tlsCertFile === undefined,
                lastWord: said
              })
            )
        )
      )
    )
  )

const close = (nc: NatsConnection, drainMs: number): Effect.Effect<void> =>
  Effect.suspend(() => (nc.isClosed() ? Effect.void : Effect.promise(() => nc.drain().catch(() => undefined)))).pipe(
    Effect.timeout(drainMs),
    Effect.catch(() => Effect.promise(() => nc.close()))
  )

/** The same without a layer, for whoever holds a scope. */
export const makeConnection = Effect.fn("makeConnection")(function* (
  settings: ConnectionSettings,
  options: ConnectOptions = {}
): Effect.fn.Return<Connection["Service"], StoreError, Scope.Scope> {
  const connected = Effect.acquireRelease(attempt(settings), (nc) => close(nc, options.drainMs ?? 5_000), {
    interruptible: true
  })
  const nc = yield* untilAvailable(connected, {
    onWaiting: options.onWaiting ?? (() => Effect.void),
    forMs: options.waitMs ?? 0
  })
  const apiPrefix = apiPrefixOf(settings)
  const link = new Link(nc, settings.inboxPrefix, apiPrefix, isAnonymous(settings))
  const jsm = yield* Effect.tryPromise({
    // Roles do not have $JS.API.INFO: whether JetStream is there shows at the first use.
    try: () => jetstreamManager(nc, { checkAPI: false, apiPrefix }),
    catch: (cause) => new Unavailable({ what: "JetStream", why: "the connection was closed", cause })
  })
  return Connection.of({
    settings,
    nc,
    js: jetstream(nc, { apiPrefix }),
    jsm,
    link,
    status: Effect.sync(() => link.status),
    statuses: listening(link, [link.status], () => [link.status]),
    reconnections: listening<number>(link, [], (event) => (event._tag === "Reconnected" ? [event.count] : [])),
    serverVersion: Effect.sync(() => nc.info?.version ?? "unknown")
  })
})

/** Events as a stream that a slow reader does not grow: of old ones the newest few are kept. Ends with the connection. */
const listening = <A>(
  link: Link,
  first: ReadonlyArray<A>,
  of: (event: LinkEvent) => ReadonlyArray<A>
): Stream.Stream<A> =>
  Stream.callback<A>(
    (queue: Queue.Queue<A, Cause.Done>) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          for (const value of first) Queue.offerUnsafe(queue, value)
          return link.listen((event) => {
            for (const value of of(event)) Queue.offerUnsafe(queue, value)
            if (event._tag === "Closed") Queue.endUnsafe(queue)
          })
        }),
        (stop) => Effect.sync(stop)
      ),
    { bufferSize: 16, strategy: "sliding" }
  )
