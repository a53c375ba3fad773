import { JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { isPassing } from "../connection/api-errors.ts"
import type { Outgoing } from "../publish/ack-pipeline.ts"
import { logsStream } from "../topology.ts"
import { messageIdHeader } from "./outgoing.ts"

/**
 * Which of these messages LOGS holds, told by the last message of each source: if that is one of them, so are all of the same
 * source before it, since they are stored in order. It is none of them where another writer has written to the source since;
 * then nothing is known. Needs the permission to get single messages of LOGS directly.
 */
export const heldOf = async (
  jsm: JetStreamManager,
  messages: ReadonlyArray<Outgoing>
): Promise<ReadonlyMap<Outgoing, number>> => {
  const held = new Map<Outgoing, number>()
  for (const subject of new Set(messages.map((message) => message.subject))) {
    const last = await jsm.direct.getMessage(logsStream, { last_by_subj: subject })
    const id = last?.header.get(messageIdHeader)
    if (last === null || id === undefined || id === "") continue
    const sameSource = messages.filter((message) => message.subject === subject)
    const at = sameSource.findIndex((message) => message.id === id)
    for (const message of sameSource.slice(0, at + 1)) held.set(message, last.seq)
  }
  return held
}

/**
 * Whether a stream that takes no messages is not there, rather than without a leader: a server by itself has none for long where it takes
 * none, a cluster is asked. It elects, or is short of servers, for as long as it does not answer.
 */
export const isAbsent = async (jsm: JetStreamManager, nc: NatsConnection, stream: string): Promise<boolean> => {
  if (nc.info?.cluster === undefined) return true
  try {
    await jsm.streams.info(stream)
    return false
  } catch (error) {
    return error instanceof JetStreamApiError && !isPassing(error.code)
  }
}
