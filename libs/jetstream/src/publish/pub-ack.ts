import type { Msg } from "@nats-io/transport-node"
import type { ApiError } from "../connection/api-errors.ts"

/** The server's answer to a published message. */
export type PubAck =
  | { readonly _tag: "Stored"; readonly seq: number; readonly duplicate: boolean }
  | { readonly _tag: "Refused"; readonly error: ApiError }
  /** Nobody listens on the subject: no such stream, or JetStream is not up (yet). */
  | { readonly _tag: "NoResponders" }

const seqKey = '"seq":'

/**
 * Reads an acknowledgement. Those that say "stored" are all alike, so the number is picked out of the text:
 * parsing each as JSON would cost more than all else that happens to a published message.
 */
export const parsePubAck = (msg: Msg): PubAck => {
  const { data } = msg
  if (data.length === 0) return { _tag: "NoResponders" }
  const text = msg.string()
  const at = text.indexOf(seqKey)
  if (at > 0 && !text.includes('"error"')) {
    const seq = Number.parseInt(text.slice(at + seqKey.length), 10)
    if (seq > 0) return { _tag: "Stored", seq, duplicate: text.includes('"duplicate"', at) }
  }
  return parseRefusal(text)
}

const parseRefusal = (text: string): PubAck => {
  try {
    const { error } = JSON.parse(text) as { error?: { err_code?: number; code?: number; description?: string } }
    return {
      _tag: "Refused",
      error: { errCode: error?.err_code ?? error?.code ?? 0, description: error?.description ?? "an unknown error" }
    }
  } catch {
    return { _tag: "Refused", error: { errCode: 0, description: "an unreadable answer" } }
  }
}
