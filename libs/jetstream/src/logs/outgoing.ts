import { randomBytes } from "node:crypto"
import { watermarkHeader } from "@chaussettes/domain"
import { Result } from "effect"
import { Refused } from "../errors.ts"
import type { LogsMessage } from "../ports/logs.ts"
import { logsStream } from "../topology.ts"
import { badSource, subjectOf, watermarkText } from "./message.ts"

export const messageIdHeader = "Nats-Msg-Id"

/** 96 random bits: the server keeps each identity for the duplicate window, so it is no longer than it must be. */
const idBytes = 12
const idsDrawnAtOnce = 512

/**
 * Identities that nobody else gives, and that nobody can foresee: LOGS takes the second message with an identity for a duplicate, whatever
 * its source, so a shipper that guessed another's next one could keep its lines out.
 */
export const messageIds = (): (() => string) => {
  let drawn = Buffer.alloc(0)
  let at = 0
  return () => {
    if (at === drawn.length) {
      drawn = randomBytes(idBytes * idsDrawnAtOnce)
      at = 0
    }
    at += idBytes
    return drawn.toString("base64url", at - idBytes, at)
  }
}

/** The headers of a message: its writer's, its watermark, and its identity unless the writer gave it one. */
export const headersFor = (message: LogsMessage, nextId: () => string): Record<string, string> => {
  const headers: Record<string, string> = { [messageIdHeader]: message.headers?.[messageIdHeader] ?? nextId() }
  if (message.headers !== undefined) Object.assign(headers, message.headers)
  if (message.watermark !== undefined) headers[watermarkHeader] = watermarkText(message.watermark)
  return headers
}

/** The headers of a message that must stand behind `lastSeq`, the source's last one. */
export const headersBehind = (message: LogsMessage, lastSeq: number): Record<string, string> => ({
  "Nats-Expected-Last-Subject-Sequence": `${lastSeq}`,
  ...message.headers,
  ...(message.watermark === undefined ? {} : { [watermarkHeader]: watermarkText(message.watermark) })
})

export const subjectFor = (source: string): Result.Result<string, Refused> => {
  const subject = subjectOf(source)
  return subject === undefined ? Result.fail(badSource(source)) : Result.succeed(subject)
}

export const tooLarge = (source: string, bytes: number, maxBytes: number): Refused =>
  new Refused({
    what: `a message of the source ${source}`,
    why: `it has ${bytes} bytes with its headers, and a message may have at most ${maxBytes}`,
    remedy: `Put fewer lines in a message, or raise max_payload in the server's configuration and max_msg_size of ${logsStream}.`
  })

export const badHeaders = (source: string, cause: unknown): Refused =>
  new Refused({
    what: `a message of the source ${source}`,
    why: cause instanceof Error ? cause.message : "its headers cannot be sent",
    remedy: "Use header names and values without line ends.",
    cause
  })
