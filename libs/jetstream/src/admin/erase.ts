import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Stream } from "effect"
import { apiCodes, isUnanswered } from "../connection/api-errors.ts"
import { ask } from "../connection/ask.ts"
import { Connection } from "../connection/connection.ts"
import { request } from "../connection/request.ts"
import { readStream } from "../consume/stream-reader.ts"
import type { StoreError } from "../errors.ts"
import { subjectPrefix } from "../prefix.ts"
import { actsStream, incidentsStream, logsStream, rejectsStream, viewersApi, viewersCopies } from "../topology.ts"

/** The streams from which a client can be erased. WINDOWS and ALERTS keep what was decided: nobody may delete from them. */
export const erasableStreams = [logsStream, rejectsStream, incidentsStream, actsStream] as const

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

/** Overwrites a message and removes it, in the copy for viewers, too. One that is not there any more is as good as erased. */
export const eraseMessage = Effect.fn("eraseMessage")(function* (
  stream: string,
  seq: number
): Effect.fn.Return<void, StoreError, Connection> {
  const { jsm, link } = yield* Connection
  yield* ask(link, `message ${seq} of ${stream}`, async () => {
    const held = await jsm.direct.getMessage(stream, { seq })
    if (held !== null) await jsm.streams.deleteMessage(stream, seq, true)
  })
  // A copy follows what is added to its stream, and not what is deleted there.
  const isCopied = subjectPrefix === "" && viewersCopies.some(({ name }) => name === stream)
  if (isCopied) yield* eraseCopy(stream, seq)
})

const gone: ReadonlyArray<number> = [apiCodes.streamNotFound, apiCodes.messageNotFound]

const eraseCopy = (stream: string, seq: number) =>
  Effect.flatMap(Connection, ({ nc }) =>
    request(`message ${seq} of the copy of ${stream} for viewers`, async () => {
      const copies = await jetstreamManager(nc, { apiPrefix: viewersApi, checkAPI: false })
      await copies.streams.deleteMessage(stream, seq, true).catch((error: unknown) => {
        // No viewers' server, no copy, or one that holds newer messages only.
        if (isUnanswered(error) || gone.includes((error as { code?: number }).code ?? 0)) return
        throw error
      })
    })
  )
