import { rfc3339 } from "@chaussettes/domain"
import { Clock, Context, Effect, Layer } from "effect"
import type { StoreError } from "../errors.ts"
import { MemoryStream } from "./stream.ts"

/** The streams that the server in memory holds from the start. A bucket is a stream whose subjects are its keys. */
const memoryStreams = [
  "LOGS",
  "WINDOWS",
  "ALERTS",
  "INCIDENTS",
  "ACTS",
  "REJECTS",
  "KV_seuils",
  "KV_rules",
  "KV_incidents",
  "KV_detector",
  "KV_notify"
] as const
export type MemoryStreamName = (typeof memoryStreams)[number]

const keptASubject: { readonly [name in MemoryStreamName]?: number } = {
  KV_seuils: 64,
  KV_rules: 64,
  KV_incidents: 64,
  KV_detector: 1
}

/** Who asks: the layers that are built under it carry its name in their operations, so that a network can cut one client off. */
export const MemoryClient = Context.Reference<string>("@chaussettes/jetstream/MemoryClient", {
  defaultValue: () => "client"
})

/** One request from a port to the server. */
export interface Operation {
  readonly client: string
  readonly kind: "read" | "write"
  /** The port's own word for it (`append`, `writeCheckpoint`, `read` for each batch of a stream). */
  readonly name: string
  readonly stream: MemoryStreamName
  /** How many messages it carries; 1 for everything but pipelined writes. */
  readonly parts: number
}

/**
 * What lies between the ports and the server, and where a simulation stands. Each effect of a memory layer is exactly one
 * `carry`, or one a batch for a stream that reads. `deliver` does at the server what is asked, in one step that nothing can
 * interrupt, and answers it; what `carry` answers is what the port's caller sees. So a network can
 *
 * - let it pass: `deliver()`;
 * - be slow: sleep before it (the request travels) or after it (the answer travels);
 * - lose the request: fail with `Unavailable` and never deliver;
 * - lose the answer: deliver, then fail with `Unavailable`: the write is done;
 * - let it arrive late: fork `deliver()` for later and fail now (an unanswered write that comes behind the next ones);
 * - break in the middle of a pipelined write: `deliver(parts)` does its first `parts` only, then fail;
 * - let the server refuse: fail with `Refused`;
 * - crash the caller before or after: interrupt its fiber, or wait for ever until its scope is closed.
 *
 * A request is delivered once at most, as by TCP. `Outdated` needs no fault of the network: let another writer append
 * (`server.stream("WINDOWS").append(…)`, or layers built under another `MemoryClient`).
 */
export interface Network {
  readonly carry: <A, E>(
    operation: Operation,
    deliver: (parts?: number) => Effect.Effect<A, E>
  ) => Effect.Effect<A, E | StoreError>
}

/** Nothing is ever lost or late. */
export const perfectNetwork: Network = { carry: (_operation, deliver) => deliver() }

/** A network that does something before a request is delivered and before its answer is handed back. */
export const networkOf = (hooks: {
  readonly before?: (operation: Operation) => Effect.Effect<void, StoreError>
  readonly after?: (operation: Operation) => Effect.Effect<void, StoreError>
}): Network => ({
  carry: (operation, deliver) =>
    (hooks.before?.(operation) ?? Effect.void).pipe(
      Effect.andThen(Effect.suspend(() => deliver())),
      Effect.tap(() => hooks.after?.(operation) ?? Effect.void)
    )
})

export interface MemoryServerShape {
  /**
   * A stream itself, past the network: what a test looks at, and what an operator does behind everybody's back
   * (`purge`, `delete`, `alter`, `append` as a second writer).
   */
  readonly stream: (name: MemoryStreamName) => MemoryStream
  /** Deletes a stream and makes it anew: its sequences begin at 1 again and `created` is another one. */
  readonly recreate: (name: MemoryStreamName) => Effect.Effect<void>
  /** From now on this is the network. */
  readonly setNetwork: (network: Network) => void
  /**
   * Carries one request over the network, for the memory layers. `perform` gets the server's time and how many of the parts arrived;
   * it must be done in one synchronous step.
   */
  readonly call: <A, E = never>(
    operation: Operation,
    perform: (nowMs: number, parts: number) => Effect.Effect<A, E>
  ) => Effect.Effect<A, E | StoreError>
  /** Waits, past the network, until a stream is not at this version any more: for readers at the end of it. */
  readonly changed: (name: MemoryStreamName, version: StreamVersion) => Effect.Effect<void>
}

/** What a reader at the end of a stream has seen of it. */
interface StreamVersion {
  readonly created: string
  readonly lastSeq: number
}

/**
 * The one server behind all memory layers: streams with sequences, buckets with revisions, and Effect's clock for its time,
 * so that `TestClock` is the time of the ports and of the server alike. It outlives the layers, as a server outlives its clients:
 * make it once (`makeMemoryServer`) and give it to each life with `Layer.succeed(MemoryServer, server)`.
 */
export class MemoryServer extends Context.Service<MemoryServer, MemoryServerShape>()(
  "@chaussettes/jetstream/MemoryServer"
) {
  static readonly layer = Layer.effect(
    MemoryServer,
    Effect.suspend(() => makeMemoryServer)
  )
}

export const makeMemoryServer: Effect.Effect<MemoryServerShape> = Effect.gen(function* () {
  let made = 0
  /** Never the same twice, also within a millisecond. */
  const createdAt = (nowMs: number) => {
    const text = rfc3339(nowMs - (nowMs % 1000))
    return `${text.slice(0, -1)}.${`${nowMs % 1000}`.padStart(3, "0")}${`${++made}`.padStart(6, "0")}Z`
  }
  const nowMs = yield* Clock.currentTimeMillis
  const streams = new Map<MemoryStreamName, MemoryStream>()
  for (const name of memoryStreams) {
    const most = keptASubject[name]
    streams.set(name, new MemoryStream(createdAt(nowMs), most === undefined ? {} : { maxMessagesASubject: most }))
  }
  const stream = (name: MemoryStreamName) => streams.get(name)!
  let network = perfectNetwork

  return {
    stream,
    recreate: (name) =>
      Effect.clockWith((clock) => Effect.sync(() => stream(name).recreate(createdAt(clock.currentTimeMillisUnsafe())))),
    setNetwork: (next) => {
      network = next
    },
    call: (operation, perform) =>
      Effect.clockWith((clock) =>
        network.carry(operation, (parts = operation.parts) =>
          Effect.suspend(() => perform(clock.currentTimeMillisUnsafe(), parts))
        )
      ),
    changed: (name, version) =>
      Effect.callback<void>((resume) => {
        const s = stream(name)
        const isNew = () => s.created !== version.created || s.lastSeq !== version.lastSeq
        if (isNew()) return resume(Effect.void)
        const stop = s.onChange(() => {
          if (!isNew()) return
          stop()
          resume(Effect.void)
        })
        return Effect.sync(stop)
      })
  }
})
