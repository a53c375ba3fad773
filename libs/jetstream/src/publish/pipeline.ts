import type { EncodedHeaders } from "./headers.ts"
import type { PubAck } from "./pub-ack.ts"

/** A message on its way to a stream. */
export interface Outgoing {
  readonly subject: string
  readonly data: Uint8Array
  readonly headers?: EncodedHeaders
  /** Its identity, as it stands in the headers: by it the message is found again. */
  readonly id?: string
}

export type PipelineFailure =
  /** No answer, or no connection: any of the messages under way may be stored. */
  | { readonly _tag: "Lost"; readonly why: string }
  | { readonly _tag: "Refused"; readonly message: Outgoing; readonly ack: Exclude<PubAck, { readonly _tag: "Stored" }> }
  /** No stream takes the message, and waiting for one would be in vain. */
  | { readonly _tag: "Absent"; readonly message: Outgoing }
  | { readonly _tag: "Forbidden"; readonly operation: "publish" | "subscription"; readonly subject: string }
  | { readonly _tag: "TooLarge"; readonly bytes: number; readonly maxBytes: number }
  | { readonly _tag: "Invalid"; readonly why: string }

export interface PipelineOptions {
  /** Messages and bytes that may be under way; one message is always let through. */
  readonly maxMessages: number
  readonly maxBytes: number
  /** Without any answer for this long what is under way counts as lost. */
  readonly ackWaitMs: number
  /**
   * `fail`: what is lost ends in a failure. `resend`: it is sent again, in order, for as long as it takes. Where nobody takes
   * the messages for `patienceMs`, `isAbsent` says whether there is no such stream, which ends it; a server that just started
   * has none yet, and in a cluster nobody takes messages while the stream has no leader.
   */
  readonly onLost:
    | { readonly _tag: "fail" }
    | {
        readonly _tag: "resend"
        readonly patienceMs: number
        readonly isAbsent: () => Promise<boolean>
        readonly confirm?: Confirm
      }
}

/**
 * Asks the stream itself which of the messages under suspicion it holds, by their sequence there. For silences that outlast the
 * server's memory of identities: where nothing was acknowledged for `afterMs`.
 */
interface Confirm {
  readonly afterMs: number
  readonly ask: (messages: ReadonlyArray<Outgoing>) => Promise<ReadonlyMap<Outgoing, number>>
}

export interface PipelineEvents {
  /** In the order of the messages. */
  readonly onStored: (message: Outgoing, seq: number, duplicate: boolean) => void
  /** Something was stored: there is room again. Called once for many messages. */
  readonly onRoom: () => void
  /** Nothing was acknowledged for `ackWaitMs`, with or without a connection, or nobody takes it. Told once for each silence. */
  readonly onSilence?: (isConnected: boolean) => void
  /** Everything under way was given up. */
  readonly onFailure: (failure: PipelineFailure) => void
}
