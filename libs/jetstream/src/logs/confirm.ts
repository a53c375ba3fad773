import type { JetStreamManager } from "@nats-io/jetstream"
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
