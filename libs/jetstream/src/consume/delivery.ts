import type { Msg } from "@nats-io/transport-node"

/**
 * A message as the client holds it before anything of it is decoded. These are the client's private fields: decoding subject,
 * reply and headers of every message to strings would cost more than all else that happens to it.
 * `delivery.test.ts` holds them against the client's public getters.
 */
interface Undecoded {
  readonly _msg: { readonly subject: Uint8Array; readonly reply?: Uint8Array; readonly hdr: number }
  readonly _rdata: Uint8Array
}

const none = new Uint8Array(0)

export const replyOf = (msg: Msg): Uint8Array => (msg as unknown as Undecoded)._msg.reply ?? none
export const subjectBytesOf = (msg: Msg): Uint8Array => (msg as unknown as Undecoded)._msg.subject
/** Length of the encoded headers at the front of `contentOf`; -1 for none. */
export const headerLengthOf = (msg: Msg): number => (msg as unknown as Undecoded)._msg.hdr
/** Headers and payload. */
export const contentOf = (msg: Msg): Uint8Array => (msg as unknown as Undecoded)._rdata

const dot = 46
const zero = 48

/** Where the numbers begin in `$JS.ACK.<stream>.<consumer>.…` and in `$JS.ACK.<domain>.<account>.<stream>.<consumer>.…`. */
const numbersFrom = (reply: Uint8Array): number => {
  const tokens = new TextDecoder().decode(reply).split(".")
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK" || tokens.length < 9) return -1
  const before = tokens.length >= 11 ? 6 : 4
  return tokens.slice(0, before).join(".").length + 1
}

/**
 * What the server says of a message that one consumer delivered, read from the bytes of its reply subject (NATS ADR-15):
 * `<delivered>.<stream seq>.<consumer seq>.<stored, ns>.<pending>`. The fields change with each `read`.
 */
export class Delivery {
  seq = 0
  consumerSeq = 0
  storedMs = 0
  /** Messages behind it that the consumer has not delivered. */
  pending = 0
  /** All replies of one consumer begin alike. */
  #from = -1
  #at = 0

  /** Answers whether the reply is one of a delivered message. */
  read(reply: Uint8Array): boolean {
    if (this.#from < 0) {
      this.#from = numbersFrom(reply)
      if (this.#from < 0) return false
    }
    this.#at = this.#from
    this.#number(reply)
    this.seq = this.#number(reply)
    this.consumerSeq = this.#number(reply)
    this.storedMs = this.#millis(reply)
    this.pending = this.#number(reply)
    return this.seq > 0
  }

  #number(reply: Uint8Array): number {
    let value = 0
    let i = this.#at
    for (; i < reply.length; i++) {
      const digit = reply[i]! - zero
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    this.#at = i + 1
    return value
  }

  /** Nanoseconds do not fit a double: their last six digits are left out before they are read. */
  #millis(reply: Uint8Array): number {
    let end = this.#at
    while (end < reply.length && reply[end] !== dot) end++
    let value = 0
    for (let i = this.#at; i < end - 6; i++) value = value * 10 + reply[i]! - zero
    this.#at = end + 1
    return value
  }
}

/** Subjects as the names of sources: what stands behind a prefix that all of them have. Most messages have the subject of the one before: it is compared, not decoded. */
export class Sources {
  readonly #prefix: string
  #last: Uint8Array = none
  #name = ""

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  of(subject: Uint8Array): string {
    const last = this.#last
    if (subject.length === last.length) {
      let i = subject.length - 1
      while (i >= 0 && subject[i] === last[i]) i--
      if (i < 0) return this.#name
    }
    this.#last = subject.slice()
    this.#name = new TextDecoder().decode(subject).slice(this.#prefix.length)
    return this.#name
  }
}

/** Status messages: heartbeats, and how a pull ended. */
export type PullStatus =
  /** Nothing to deliver. `deliveredSeq`: up to where the consumer has delivered, to whomever. */
  | { readonly _tag: "Heartbeat"; readonly deliveredSeq: number }
  /** The pull is over, and all is well. `tooLarge`: the next message did not fit into it. */
  | { readonly _tag: "Ended"; readonly tooLarge: boolean }
  /** The consumer is gone, or its server is leaving: it must be made again. */
  | { readonly _tag: "Broken"; readonly why: string }

export const pullStatus = (msg: Msg): PullStatus => {
  const { code, description } = msg.headers ?? { code: 503, description: "" }
  const text = description.toLowerCase()
  if (code === 100) return { _tag: "Heartbeat", deliveredSeq: Number(msg.headers?.get("Nats-Last-Stream") ?? 0) || 0 }
  if (code === 404 || code === 408) return { _tag: "Ended", tooLarge: false }
  if (code === 409 && text === "batch completed") return { _tag: "Ended", tooLarge: false }
  if (code === 409 && text === "message size exceeds maxbytes") return { _tag: "Ended", tooLarge: true }
  return { _tag: "Broken", why: code === 503 ? "the consumer is gone" : text }
}
