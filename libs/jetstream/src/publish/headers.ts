import type { MsgHdrs } from "@nats-io/transport-node"

const safe = /^[^\r\n]*$/
const safeName = /^[!-9;-~]+$/

/**
 * Headers that are encoded once, when they are made: a message that is sent again is not encoded again, and its size is
 * known before it is sent.
 */
export interface EncodedHeaders {
  /** As the client takes them: it asks them for nothing but their bytes. */
  readonly hdrs: MsgHdrs
  /** Their length on the wire. */
  readonly bytes: number
}

class Encoded implements EncodedHeaders {
  readonly #encoded: Uint8Array

  constructor(encoded: Uint8Array) {
    this.#encoded = encoded
  }

  get bytes(): number {
    return this.#encoded.length
  }

  get hdrs(): MsgHdrs {
    return this as unknown as MsgHdrs
  }

  encode(): Uint8Array {
    return this.#encoded
  }
}

/** Throws a `RangeError` for a name or value that would break the protocol's lines. */
export const encodedHeaders = (entries: Iterable<readonly [name: string, value: string]>): EncodedHeaders => {
  let text = "NATS/1.0\r\n"
  for (const [name, value] of entries) {
    if (!safeName.test(name) || !safe.test(value))
      throw new RangeError(`${JSON.stringify(name)} is not a valid header name`)
    text += `${name}: ${value}\r\n`
  }
  return new Encoded(Buffer.from(`${text}\r\n`, "utf8"))
}
