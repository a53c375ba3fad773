import type { Outgoing } from "../internal/ack-pipeline.ts"
import { type EncodedHeaders, encodedHeaders } from "../internal/headers.ts"
import type { Entry } from "../ports/versioned-log.ts"
import { epochHeader } from "./epoch.ts"

/**
 * An entry as a message of one append. The expected sequence alone does not hold an append together: where another writer put
 * one message in between, our first entry is refused, and our second one expects just the sequence that the stream has now.
 * So each entry but the first also expects that the last message is the entry before it, by an id that no other append uses.
 *
 * Encoded when the pipeline has room for it, i.e. while the server is busy with those before.
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
