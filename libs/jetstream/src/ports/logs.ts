import type { LogBatch, LogMessage, Watermark } from "@chaussettes/domain"
import { Context, type Effect, type Stream } from "effect"
import type { Outdated, StoreError } from "../errors.ts"

/** What the server says of LOGS. */
export interface LogsState {
  /** First and last sequence held; last is 0 for a stream that never held anything, first is last + 1 for an empty one. */
  readonly firstSeq: number
  readonly lastSeq: number
  readonly messages: number
  readonly bytes: number
  /** When the stream was created: another value says that its sequences mean nothing any more. */
  readonly created: string
}

export interface ReadOptions {
  /** The first sequence wanted. Where LOGS begins later, reading begins there; the reader sees the gap in the sequences. */
  readonly fromSeq: number
  /** End after this sequence (or the last one before it that exists); without it the stream goes on for ever. */
  readonly throughSeq?: number
  /** How much may be under way at once; bounds memory. Defaults in topology. */
  readonly maxBytes?: number
  /** Only messages of this source. */
  readonly source?: string
  /** Read through the durable consumer of this name, so that the lag shows in the server; otherwise an ephemeral one. */
  readonly durable?: string
}

/**
 * A step of reading: a batch, and whether LOGS holds nothing behind it at this moment (so that silence is silence). An empty batch says only
 * that: caught up, or no longer known to be, because the server is out of reach.
 */
export interface LogsRead {
  readonly batch: LogBatch
  readonly caughtUp: boolean
}

/**
 * Reads LOGS. Sequences in a batch and from batch to batch rise; a jump says that LOGS itself does not hold what is between
 * (the reader asks again before it says so: what a broken connection swallowed is fetched, not skipped).
 * It reconnects by itself for as long as it takes and fails only with `Refused`-like errors the caller can act on.
 * At low rates a message is handed on at once, at high rates many are packed together.
 */
export class LogsReader extends Context.Service<
  LogsReader,
  {
    readonly state: Effect.Effect<LogsState, StoreError>
    readonly read: (options: ReadOptions) => Stream.Stream<LogsRead, StoreError>
    /**
     * Messages that a durable consumer of LOGS has not handed on or that were not acknowledged, as `nats consumer info` shows them; undefined where
     * there is no such consumer, or it may not be asked for.
     */
    readonly waiting: (durable: string) => Effect.Effect<number | undefined, StoreError>
    /** One message by its sequence; undefined where LOGS does not hold it. */
    readonly get: (seq: number) => Effect.Effect<LogMessage | undefined, StoreError>
    /** The last message of a source, for `replay --resume`; with the headers that its writer gave it. */
    readonly lastOf: (
      source: string
    ) => Effect.Effect<
      { readonly message: LogMessage; readonly headers: Readonly<Record<string, string>> } | undefined,
      StoreError
    >
  }
>()("@chaussettes/jetstream/LogsReader") {}

/** One message for LOGS. */
export interface LogsMessage {
  /** Kept until it is stored, not copied: its writer must not change it before `flush`. */
  readonly payload: Uint8Array
  readonly watermark?: Watermark
  /** Identity for the server's duplicate window, and for `--resume`. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Writes LOGS, many messages in flight and all of them acknowledged. A message that was not acknowledged is sent again
 * with the same `Nats-Msg-Id`, in order: nothing of a source is stored out of order.
 */
export class LogsWriter extends Context.Service<
  LogsWriter,
  {
    /** Sends behind what was sent before; waits while too much is in flight. Fails with what an earlier message met, too. */
    readonly publish: (source: string, message: LogsMessage) => Effect.Effect<void, StoreError>
    /** Waits until everything sent is stored; answers the highest sequence. */
    readonly flush: Effect.Effect<number, StoreError>
  }
>()("@chaussettes/jetstream/LogsWriter") {}

/**
 * Writes LOGS one message of a source after the other, each only behind the message that its writer knows as the source's last: whoever
 * writes beside it, or sends late what an earlier life of it had under way, is refused by the server itself. Nothing of it rests on an
 * identity that could be guessed, or on how long the server remembers one.
 */
export class LogsAppender extends Context.Service<
  LogsAppender,
  {
    /**
     * Answers the sequence. `Outdated`: the source's last message is not `lastSeq` (0: it has none), and nothing was stored.
     * `Unavailable`: it is stored or not; ask the source's last message.
     */
    readonly append: (
      source: string,
      message: LogsMessage,
      lastSeq: number
    ) => Effect.Effect<number, StoreError | Outdated>
  }
>()("@chaussettes/jetstream/LogsAppender") {}
