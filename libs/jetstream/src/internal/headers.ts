import { type MsgHdrs, headers as newHeaders } from "@nats-io/transport-node"

const safe = /^[^\r\n]*$/
const safeName = /^[!-9;-~]+$/

/**
 * Headers that are encoded once, when they are made: a message that is sent again is not encoded again, and its size is
 * known before it is sent. Throws a `RangeError` for a name or value that would break the protocol's lines.
 */
export const encodedHeaders = (entries: Iterable<readonly [name: string, value: string]>): EncodedHeaders => {
  let text = "NATS/1.0\r\n"
  for (const [name, value] of entries) {
    if (!safeName.test(name) || !safe.test(value)) throw new RangeError(`the header ${JSON.stringify(name)} is not one`)
    text += `${name}: ${value}\r\n`
  }
  const bytes = Buffer.from(`${text}\r\n`, "utf8")
  // The client's class with its encoder replaced: publishing asks nothing else of it.
  const hdrs = Object.assign(newHeaders(), { encode: () => bytes })
  return { hdrs, bytes: bytes.length }
}

export interface EncodedHeaders {
  readonly hdrs: MsgHdrs
  /** Their length on the wire. */
  readonly bytes: number
}
