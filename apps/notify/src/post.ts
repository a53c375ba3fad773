import { percentDecoded, visibleText } from "@chaussettes/domain"
import { reasonOf } from "@chaussettes/service"
import { Data, Effect } from "effect"

/**
 * A receiver did not take what was sent: `busy` may be over soon (no connection, no answer, 5xx, 429), `refused` is not without somebody's
 * doing (4xx, a redirect). Both are tried again for ever, the second at the longest interval only.
 */
export class NotTaken extends Data.TaggedError("NotTaken")<{
  readonly kind: "busy" | "refused"
  readonly why: string
  /** How long the receiver asks to wait. */
  readonly retryAfterMs?: number
}> {}

export interface Address {
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  /** The host alone: the rest of an address may be a secret. */
  readonly shown: string
}

/**
 * A user or a password out of a URL. What reads URLs encodes some characters itself, so each piece is decoded on its own: a `%` that encodes
 * nothing stands for itself, and does not keep the others from being decoded.
 */
export const credentialOf = (text: string): string => text.replaceAll(/(?:%[0-9a-f]{2})+/gi, percentDecoded)

/** An address to post to; a user and password in it become a header, as requests may not carry them otherwise. Undefined where it is none. */
export const addressOf = (text: string): Address | undefined => {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined
  const { username, password } = url
  url.username = ""
  url.password = ""
  const basic = `${credentialOf(username)}:${credentialOf(password)}`
  return {
    url: url.href,
    shown: url.host,
    headers: username === "" ? {} : { authorization: `Basic ${Buffer.from(basic).toString("base64")}` }
  }
}

const answerWithinMs = 10_000

/** What is read of a refusal, to be shown. */
const maxAnswerChars = 200

/** Statuses that say "later", of those that say "no". */
const later = new Set([408, 425, 429])

/** Posts JSON once; fails with why it was not taken. Redirects are not followed: a post would become a get. */
export const post = (
  address: Address,
  body: string,
  headers: { readonly [name: string]: string } = {}
): Effect.Effect<void, NotTaken> =>
  Effect.tryPromise({
    try: async (signal) => {
      const response = await fetch(address.url, {
        method: "POST",
        body,
        headers: { "content-type": "application/json", ...address.headers, ...headers },
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)])
      })
      if (response.ok) {
        await response.body?.cancel()
        return
      }
      throw await notTaken(response)
    },
    catch: (error) => (error instanceof NotTaken ? error : unreachable(error))
  })

const notTaken = async (response: Response): Promise<NotTaken> => {
  const { status } = response
  if (status >= 300 && status < 400) {
    await response.body?.cancel()
    const where = response.headers.get("location")
    return new NotTaken({
      kind: "refused",
      why: `it answers ${status} and sends elsewhere${where === null ? "" : ` (${visibleText(where.slice(0, maxAnswerChars))})`}: give the address that takes posts itself`
    })
  }
  const text = await beginning(response)
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN)
  return new NotTaken({
    kind: status < 500 && !later.has(status) ? "refused" : "busy",
    why: `it answers ${status}${text === "" ? "" : `: ${text}`}`,
    ...(seconds > 0 ? { retryAfterMs: seconds * 1000 } : {})
  })
}

/** The beginning of an answer, in one line; however long it is, no more of it is read. */
const beginning = async (response: Response): Promise<string> => {
  const reader = response.body?.getReader()
  if (reader === undefined) return ""
  const first = await reader.read().catch(() => ({ value: undefined }))
  await reader.cancel().catch(() => {})
  const text = new TextDecoder().decode(first.value?.subarray(0, maxAnswerChars * 4))
  return visibleText(
    text
      .replaceAll(/[\s\p{Cc}]+/gu, " ")
      .trim()
      .slice(0, maxAnswerChars)
  )
}

const unreachable = (error: unknown): NotTaken => {
  const timedOut = error instanceof DOMException && error.name === "TimeoutError"
  const cause = (error as { cause?: unknown } | null)?.cause ?? error
  return new NotTaken({
    kind: "busy",
    why: timedOut ? `it did not answer within ${answerWithinMs / 1000} s` : reasonOf(cause)
  })
}
