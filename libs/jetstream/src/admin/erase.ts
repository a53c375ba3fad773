import { Effect, Stream } from "effect"
import { ask } from "../connection/ask.ts"
import { Connection } from "../connection/connection.ts"
import { readStream } from "../consume/stream-reader.ts"
import type { StoreError } from "../errors.ts"
import { logsStream, rejectsStream } from "../topology.ts"

/** The streams that hold what was logged as it was logged. */
export const rawStreams = [logsStream, rejectsStream] as const

export interface RawMessage {
  readonly seq: number
  readonly data: Uint8Array
}

/** Every message that a stream holds now. */
export const rawMessages = (stream: string): Stream.Stream<RawMessage, StoreError, Connection> =>
  Stream.unwrap(
    Effect.map(Connection, (connection) =>
      readStream(connection, { stream, fromSeq: 1, of: ({ seq, data }): RawMessage => ({ seq, data }) })
    )
  )

/** Overwrites a message and removes it. One that is not there any more is as good as erased. */
export const eraseMessage = (stream: string, seq: number): Effect.Effect<void, StoreError, Connection> =>
  Effect.flatMap(Connection, ({ jsm, link }) =>
    ask(link, `message ${seq} of ${stream}`, async () => {
      const held = await jsm.direct.getMessage(stream, { seq })
      if (held !== null) await jsm.streams.deleteMessage(stream, seq, true)
    })
  )
