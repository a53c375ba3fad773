import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerMessages,
  DeliverPolicy,
  type JsMsg,
  ReplayPolicy,
  type StreamInfo
} from "@nats-io/jetstream"
import { nanos, nuid } from "@nats-io/transport-node"
import { type Cause, Effect, Queue, Stream } from "effect"
import { forbidden } from "../connection/api-errors.ts"
import { ask, askAgain, untilConnected } from "../connection/ask.ts"
import type { Connection } from "../connection/connection.ts"
import { type Refused, type StoreError, Unavailable } from "../errors.ts"
import { Position } from "./position.ts"

/**
 * Reads a stream from a sequence on, across broken connections. Each connection gets a consumer of its own that begins
 * behind the last message handed on, so what was lost in a socket is delivered again; so does one that has lost a message on the way
 * (`Position`). Holes in the stream itself are passed over.
 */
export interface ReadStream<A> {
  readonly stream: string
  readonly fromSeq: number
  /** Only messages on this subject. */
  readonly filterSubject?: string
  /** What is handed on of a message; undefined leaves it out. */
  readonly of: (message: JsMsg) => A | undefined
  /** In which life of the stream `fromSeq` is meant; without it, in the one that is found first. */
  readonly created?: string
  /** Called when a followed stream turns out to be another one, before its first message. */
  readonly onAnew?: (created: string) => void
}

/** Messages asked for at once and held at most: a few MiB of records. */
const batchMessages = 2_048
/** Two missed heartbeats say that the consumer is gone (a leader changed, a node died). */
const heartbeatMs = 1_000
const expiresMs = 5_000
/** A consumer that nobody asks for this long is removed by the server, where we could not do it ourselves. */
const inactiveMs = 30_000
/** Between two tries to go on; it grows up to the longest. */
const firstRetryMs = 50
const longestRetryMs = 2_000
/** How long a reader with an end waits for the connection to come back before it fails. */
const patienceMs = 5_000
/** A replica may be behind its leader: so often a stream of several is asked again for what it should hold. */
const replicaTries = 20

/** Why a consumer came to its end: all is read, something broke and another must go on, or the server will not. */
type SessionEnd = "ended" | "broken" | Refused

/** From a sequence to the last one at the time of the call. Resumes after a broken connection; fails when it stays away. */
export const readStream = <A>(connection: Connection["Service"], read: ReadStream<A>): Stream.Stream<A, StoreError> =>
  reading<A, StoreError>((queue) =>
    Effect.gen(function* () {
      const { link } = connection
      const first = yield* streamInfo(connection, read.stream)
      const throughSeq = first.state.last_seq
      const position = new Position(read.fromSeq)
      let tries = 0
      while (position.next <= throughSeq) {
        yield* untilConnected(link).pipe(
          Effect.timeoutOrElse({ duration: patienceMs, orElse: () => Effect.fail(noConnection(read.stream)) })
        )
        const from = position.next
        const end = yield* session(connection, read, position, queue, throughSeq)
        if (position.next > from) tries = 0
        if (end === "ended") {
          const isWhole = first.config.num_replicas === 1 || read.filterSubject !== undefined
          if (position.next > throughSeq || isWhole || ++tries > replicaTries) return
          yield* Effect.sleep(firstRetryMs * 2)
        } else if (++tries > replicaTries) {
          return yield* new Unavailable({
            what: `reading ${read.stream}`,
            why: "its consumers are lost again and again"
          })
        }
      }
    })
  )

/**
 * From a sequence on and for ever. A stream that was deleted and made anew is followed from its first message: the
 * sequences fall. Whatever keeps it from going on is waited for.
 */
export const followStream = <A>(connection: Connection["Service"], read: ReadStream<A>): Stream.Stream<A> =>
  reading<A>((queue) =>
    Effect.gen(function* () {
      let position = new Position(read.fromSeq)
      let life = read.created
      let retryMs = firstRetryMs
      while (true) {
        yield* untilConnected(connection.link)
        const from = position.next
        yield* Effect.gen(function* () {
          const { created } = yield* streamInfo(connection, read.stream)
          if (life !== undefined && life !== created) {
            position = new Position(1)
            read.onAnew?.(created)
          }
          life = created
          yield* session(connection, read, position, queue, undefined)
        }).pipe(Effect.ignore)
        retryMs = position.next !== from ? firstRetryMs : Math.min(retryMs * 2, longestRetryMs)
        yield* Effect.sleep(retryMs)
      }
    })
  )

const noConnection = (stream: string) => new Unavailable({ what: `reading ${stream}`, why: "there is no connection" })

const reading = <A, E = never>(
  pump: (queue: Queue.Queue<A, E | Cause.Done>) => Effect.Effect<void, E>
): Stream.Stream<A, E> =>
  Stream.callback<A, E>((queue: Queue.Queue<A, E | Cause.Done>) => Effect.andThen(pump(queue), Queue.end(queue)), {
    bufferSize: batchMessages,
    strategy: "suspend"
  })

export const streamInfo = (
  { jsm, link }: Connection["Service"],
  stream: string
): Effect.Effect<StreamInfo, StoreError> => askAgain(link, `the stream ${stream}`, () => jsm.streams.info(stream))

/** First and last sequence held; first is last + 1 where nothing is. */
export const streamBounds = (connection: Connection["Service"], stream: string) =>
  Effect.map(streamInfo(connection, stream), ({ state }) => ({
    firstSeq: state.messages === 0 ? state.last_seq + 1 : state.first_seq,
    lastSeq: state.last_seq
  }))

interface Opened {
  readonly name: string
  readonly messages: ConsumerMessages
  readonly pending: number
}

const open = <A>({ js, jsm, link }: Connection["Service"], read: ReadStream<A>, fromSeq: number) =>
  ask(link, `reading ${read.stream}`, async (): Promise<Opened> => {
    const config: ConsumerConfig = {
      name: `chaussettes_${nuid.next()}`,
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      replay_policy: ReplayPolicy.Instant,
      opt_start_seq: Math.max(1, fromSeq),
      inactive_threshold: nanos(inactiveMs),
      mem_storage: true,
      num_replicas: 1,
      ...(read.filterSubject === undefined ? {} : { filter_subject: read.filterSubject })
    }
    const info = await jsm.consumers.add(read.stream, config)
    const messages = await js.consumers.getConsumerFromInfo(info).consume({
      max_messages: batchMessages,
      expires: expiresMs,
      idle_heartbeat: heartbeatMs,
      abort_on_missing_resource: true
    })
    return { name: info.name, messages, pending: info.num_pending }
  })

/** One consumer, from its making to its end. Hands on message by message; the position is behind all that was handed on. */
const session = <A, E>(
  connection: Connection["Service"],
  read: ReadStream<A>,
  position: Position,
  queue: Queue.Queue<A, E | Cause.Done>,
  throughSeq: number | undefined
): Effect.Effect<"ended" | "broken", StoreError> =>
  Effect.acquireUseRelease(
    open(connection, read, position.next),
    (opened) =>
      throughSeq !== undefined && opened.pending === 0
        ? Effect.succeed("ended" as const)
        : Effect.flatMap(
            Effect.promise((signal) => handOn(connection, opened, read, position, queue, throughSeq, signal)),
            (end) => (typeof end === "string" ? Effect.succeed(end) : Effect.fail(end))
          ),
    ({ messages, name }) =>
      Effect.sync(() => {
        // Its end is not waited for: it comes when the iterator does, and that one may stand at a full queue.
        void messages.close()
        if (connection.link.connected) void connection.jsm.consumers.delete(read.stream, name).catch(() => {})
      })
  )

const handOn = async <A, E>(
  { link }: Connection["Service"],
  { name, messages }: Opened,
  read: ReadStream<A>,
  position: Position,
  queue: Queue.Queue<A, E | Cause.Done>,
  throughSeq: number | undefined,
  signal: AbortSignal
): Promise<SessionEnd> => {
  let refused: Refused | undefined
  const end = () => void messages.close()
  const stop = link.listen((event) => {
    if (event._tag === "Forbidden" && event.subject.endsWith(`.${name}`)) {
      refused = forbidden(`reading ${read.stream}`, event.operation, event.subject)
      end()
    } else if (event._tag === "Disconnected") end()
  })
  signal.addEventListener("abort", end)
  position.opened()
  const listenToHeartbeats = async () => {
    for await (const status of messages.status()) {
      // The server has nothing more to deliver, and all that it delivered is here: another consumer says whether anything is left.
      if (status.type === "heartbeat" && status.lastConsumerSequence === position.consumerSeq) end()
    }
  }
  if (throughSeq !== undefined) void listenToHeartbeats().catch(() => {})
  try {
    for await (const message of messages) {
      const { seq, info } = message
      const value = read.of(message)
      if (signal.aborted) return "broken"
      const seen = position.see(seq, info.deliverySequence)
      if (seen === "old") continue
      if (seen !== "new") return "broken"
      if (throughSeq !== undefined && seq > throughSeq) return "ended"
      if (value !== undefined && !Queue.offerUnsafe(queue, value)) {
        await Effect.runPromise(Queue.offer(queue, value), { signal })
      }
      if (throughSeq !== undefined && (seq === throughSeq || info.pending === 0)) return "ended"
    }
  } catch {
    // The consumer is gone: another one goes on.
  } finally {
    stop()
    signal.removeEventListener("abort", end)
  }
  return refused ?? "broken"
}
