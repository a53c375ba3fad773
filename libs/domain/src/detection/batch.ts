/**
 * Messages of LOGS packed together: the way from the server to the fold is one array buffer, so that it can be handed
 * to another thread without a copy and the fold never touches an object a message.
 */
export interface LogBatch {
  /** The payloads, one behind the other. */
  readonly bytes: Uint8Array
  readonly messages: number
  /** Message i is bytes[offsets[i], offsets[i + 1]). */
  readonly offsets: Uint32Array
  /** Sequence of message i in LOGS. */
  readonly seqs: Float64Array
  /** When the server stored message i, in ms since the epoch. */
  readonly storedMs: Float64Array
  /** Who sent message i: an index into `sources`. */
  readonly sourceOf: Uint32Array
  readonly sources: ReadonlyArray<string>
  /** The messages that are punctuation, by their index: their source sends nothing older. */
  readonly watermarks: ReadonlyArray<readonly [message: number, watermark: Watermark]>
  /** What their messages declare as the format of their lines: from this message on this one, nothing where it is empty. */
  readonly formats: ReadonlyArray<readonly [message: number, format: string]>
}

/** The memory of a batch, to be handed to another thread and not copied. */
export const memoryOfBatch = ({ bytes, offsets, seqs, storedMs, sourceOf }: LogBatch): ReadonlyArray<ArrayBuffer> =>
  [bytes, offsets, seqs, storedMs, sourceOf].map(({ buffer }) => buffer as ArrayBuffer)

/** What a source says of itself: nothing older than this time will come, or nothing at all. */
export type Watermark = number | "end"

/** The header of a punctuation message, and how its value is read. */
export const watermarkHeader = "Chaussettes-Watermark"

/** One message, as a test or a slow path holds it. */
export interface LogMessage {
  readonly seq: number
  readonly source: string
  readonly storedMs: number
  readonly bytes: Uint8Array
  readonly watermark?: Watermark
  /** The format that it declares for its lines. */
  readonly format?: string
}

/** Packs messages; the arrays grow, `take` hands them over and begins anew. */
export class LogBatchBuilder {
  #bytes: Uint8Array
  #offsets = new Uint32Array(256)
  #seqs = new Float64Array(255)
  #storedMs = new Float64Array(255)
  #sourceOf = new Uint32Array(255)
  #sources: Array<string> = []
  #indexes = new Map<string, number>()
  #watermarks: Array<readonly [number, Watermark]> = []
  #formats: Array<readonly [number, string]> = []
  #lastFormat = ""
  #lastSource = -1
  messages = 0
  length = 0
  readonly #initialBytes: number

  constructor(initialBytes = 64 * 1024) {
    this.#initialBytes = initialBytes
    this.#bytes = new Uint8Array(initialBytes)
  }

  push(seq: number, source: string, storedMs: number, payload: Uint8Array, watermark?: Watermark, format = ""): void {
    const i = this.messages
    if (i === this.#seqs.length) this.#growMessages()
    if (this.length + payload.length > this.#bytes.length) this.#growBytes(this.length + payload.length)
    this.#bytes.set(payload, this.length)
    this.length += payload.length
    this.#offsets[i + 1] = this.length
    this.#seqs[i] = seq
    this.#storedMs[i] = storedMs
    this.#sourceOf[i] = this.#source(source)
    if (watermark !== undefined) this.#watermarks.push([i, watermark])
    if (format !== this.#lastFormat) {
      this.#formats.push([i, format])
      this.#lastFormat = format
    }
    this.messages = i + 1
  }

  /** Hands over what was packed; the next batch begins with room for `nextBytes`. */
  take(nextBytes = this.#initialBytes): LogBatch {
    const n = this.messages
    const batch: LogBatch = {
      bytes: this.#bytes.subarray(0, this.length),
      messages: n,
      offsets: this.#offsets.subarray(0, n + 1),
      seqs: this.#seqs.subarray(0, n),
      storedMs: this.#storedMs.subarray(0, n),
      sourceOf: this.#sourceOf.subarray(0, n),
      sources: this.#sources,
      watermarks: this.#watermarks,
      formats: this.#formats
    }
    this.#bytes = new Uint8Array(nextBytes)
    this.#offsets = new Uint32Array(256)
    this.#seqs = new Float64Array(255)
    this.#storedMs = new Float64Array(255)
    this.#sourceOf = new Uint32Array(255)
    this.#sources = []
    this.#indexes = new Map()
    this.#watermarks = []
    this.#formats = []
    this.#lastFormat = ""
    this.#lastSource = -1
    this.messages = 0
    this.length = 0
    return batch
  }

  #source(name: string): number {
    if (this.#lastSource >= 0 && this.#sources[this.#lastSource] === name) return this.#lastSource
    let index = this.#indexes.get(name)
    if (index === undefined) {
      index = this.#sources.push(name) - 1
      this.#indexes.set(name, index)
    }
    this.#lastSource = index
    return index
  }

  #growMessages(): void {
    const n = this.#seqs.length * 2 + 1
    this.#offsets = grown(this.#offsets, new Uint32Array(n + 1))
    this.#seqs = grown(this.#seqs, new Float64Array(n))
    this.#storedMs = grown(this.#storedMs, new Float64Array(n))
    this.#sourceOf = grown(this.#sourceOf, new Uint32Array(n))
  }

  #growBytes(least: number): void {
    let n = Math.max(this.#bytes.length, 1024) * 2
    while (n < least) n *= 2
    const bytes = new Uint8Array(n)
    bytes.set(this.#bytes.subarray(0, this.length))
    this.#bytes = bytes
  }
}

const grown = <A extends { set(from: A): void }>(from: A, to: A): A => {
  to.set(from)
  return to
}

export const batchOf = (messages: ReadonlyArray<LogMessage>): LogBatch => {
  const builder = new LogBatchBuilder(messages.reduce((sum, m) => sum + m.bytes.length, 0))
  for (const m of messages) builder.push(m.seq, m.source, m.storedMs, m.bytes, m.watermark, m.format)
  return builder.take()
}
