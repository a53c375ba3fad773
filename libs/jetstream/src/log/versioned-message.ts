import type { Outgoing } from "../internal/ack-pipeline.ts"
import { type EncodedHeaders, encodedHeaders } from "../internal/headers.ts"
import type { Entry } from "../ports/versioned-log.ts"
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
    this.#data ??= Buffer.from(this.#entry.data, "utf8")
    return this.#data
  }

  get headers(): EncodedHeaders {
    this.#headers ??= encodedHeaders([
      ["Nats-Expected-Last-Sequence", `${this.#expectedLastSeq}`],
      ...(this.#i === 0 ? [] : [["Nats-Expected-Last-Msg-Id", `${this.#run}.${this.#i - 1}`] as const]),
      ["Nats-Msg-Id", `${this.#run}.${this.#i}`],
      [epochHeader, `${this.#entry.epoch}`]
    ])
    return this.#headers
  }
}
