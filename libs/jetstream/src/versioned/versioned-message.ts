import type { MsgHdrs } from "@nats-io/transport-node"
import type { Entry } from "../ports/versioned-log.ts"
import type { Outgoing } from "../publish/ack-pipeline.ts"
import type { EncodedHeaders } from "../publish/headers.ts"
import { bytesOf } from "./entry.ts"
import { epochHeader } from "./epoch.ts"

/**
 * An entry as a message of a pipelined append, with what it expects (see `appendPipelined`). Encoded when the pipeline has room for
 * it, i.e. while the server is busy with those before.
 */
export class VersionedMessage implements Outgoing {
  readonly #entry: Entry
  readonly #expectedLastSeq: number
  readonly #run: string
  readonly #i: number
  #data: Uint8Array | undefined
  #headers: EncodedHeaders | undefined

  constructor(entry: Entry, expectedLastSeq: number, run: string, i: number) {
    this.#entry = entry
    this.#expectedLastSeq = expectedLastSeq
    this.#run = run
    this.#i = i
  }

  get subject(): string {
    return this.#entry.subject
  }

  get data(): Uint8Array {
    this.#data ??= bytesOf(this.#entry)
    return this.#data
  }

  get headers(): EncodedHeaders {
    this.#headers ??= this.#encodeHeaders()
    return this.#headers
  }

  /** Numbers and our own ids only, so nothing needs a check, and the client asks headers for nothing but their bytes. */
  #encodeHeaders(): EncodedHeaders {
    const before = this.#i === 0 ? "" : `Nats-Expected-Last-Msg-Id: ${this.#run}.${this.#i - 1}\r\n`
    const bytes = Buffer.from(
      `NATS/1.0\r\nNats-Expected-Last-Sequence: ${this.#expectedLastSeq}\r\n${before}` +
        `Nats-Msg-Id: ${this.#run}.${this.#i}\r\n${epochHeader}: ${this.#entry.epoch}\r\n\r\n`,
      "latin1"
    )
    return { hdrs: { encode: () => bytes } as unknown as MsgHdrs, bytes: bytes.length }
  }
}
