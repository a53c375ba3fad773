/** A message as the server in memory holds it. */
export interface MemoryMessage {
  readonly seq: number
  readonly subject: string
  readonly data: Uint8Array
  readonly headers: Readonly<Record<string, string>>
  /** When it was stored, ms since the epoch by Effect's clock. */
  readonly storedMs: number
}

export type NewMessage = Pick<MemoryMessage, "subject" | "data"> & Partial<Pick<MemoryMessage, "headers">>

/** What a message may expect of the stream, as `Nats-Expected-Last-Sequence` and `Nats-Expected-Last-Subject-Sequence` do. */
export interface Expected {
  readonly lastSeq?: number
  readonly lastSubjectSeq?: number
}

export type Appended =
  | { readonly _tag: "Stored"; readonly seq: number }
  /** Its `Nats-Msg-Id` stands in the duplicate window already. */
  | { readonly _tag: "Duplicate"; readonly seq: number }
  /** What it expected is not so (JetStream's error 10071). */
  | { readonly _tag: "WrongLast"; readonly lastSeq: number }

export interface MemoryStreamLimits {
  /** More messages than this on one subject drop the oldest one: what makes a KV bucket with a history. */
  readonly maxMessagesASubject?: number
  readonly duplicateWindowMs?: number
}

export const messageIdHeader = "Nats-Msg-Id"
/** How a KV bucket marks a key that was deleted, in its own stream. */
export const kvOperationHeader = "KV-Operation"

/**
 * A JetStream stream in memory: sequences only rise, a purge keeps the last one, and only a stream that is made anew
 * begins again at 1. Plain and synchronous, so that each change is one step for a scheduler; time is an argument.
 */
export class MemoryStream {
  readonly #limits: MemoryStreamLimits
  readonly #messages = new Map<number, MemoryMessage>()
  readonly #ids = new Map<string, { readonly seq: number; readonly storedMs: number }>()
  readonly #listeners = new Set<() => void>()
  #firstSeq = 1
  #lastSeq = 0
  #bytes = 0
  #created: string

  constructor(created: string, limits: MemoryStreamLimits = {}) {
    this.#created = created
    this.#limits = limits
  }

  /** When it was made; another value says that the sequences mean nothing any more. */
  get created(): string {
    return this.#created
  }
  /** The first sequence that is held; last + 1 for an empty stream. */
  get firstSeq(): number {
    return this.#firstSeq
  }
  /** 0 for a stream that never held anything. */
  get lastSeq(): number {
    return this.#lastSeq
  }
  get messageCount(): number {
    return this.#messages.size
  }
  get bytes(): number {
    return this.#bytes
  }

  append(message: NewMessage, nowMs: number, expected: Expected = {}): Appended {
    const id = message.headers?.[messageIdHeader]
    if (id !== undefined) {
      this.#forgetIdsBefore(nowMs - (this.#limits.duplicateWindowMs ?? 120_000))
      const known = this.#ids.get(id)
      if (known !== undefined) return { _tag: "Duplicate", seq: known.seq }
    }
    if (expected.lastSeq !== undefined && expected.lastSeq !== this.#lastSeq) {
      return { _tag: "WrongLast", lastSeq: this.#lastSeq }
    }
    if (expected.lastSubjectSeq !== undefined) {
      const lastSeq = this.lastOf(message.subject)?.seq ?? 0
      if (expected.lastSubjectSeq !== lastSeq) return { _tag: "WrongLast", lastSeq }
    }
    const seq = ++this.#lastSeq
    if (id !== undefined) this.#ids.set(id, { seq, storedMs: nowMs })
    this.#messages.set(seq, { headers: {}, ...message, seq, storedMs: nowMs })
    this.#bytes += message.data.length
    this.#dropOldestOf(message.subject)
    this.#changed()
    return { _tag: "Stored", seq }
  }

  get(seq: number): MemoryMessage | undefined {
    return this.#messages.get(seq)
  }

  lastOf(subject: string): MemoryMessage | undefined {
    let last: MemoryMessage | undefined
    for (const message of this.#messages.values()) if (message.subject === subject) last = message
    return last
  }

  /** Up to `count` held messages from a sequence on, in order. */
  from(seq: number, count: number): ReadonlyArray<MemoryMessage> {
    const found: Array<MemoryMessage> = []
    for (let at = Math.max(seq, this.#firstSeq); at <= this.#lastSeq && found.length < count; at++) {
      const message = this.#messages.get(at)
      if (message !== undefined) found.push(message)
    }
    return found
  }

  delete(seq: number): boolean {
    const message = this.#messages.get(seq)
    if (message === undefined) return false
    this.#messages.delete(seq)
    this.#bytes -= message.data.length
    while (this.#firstSeq <= this.#lastSeq && !this.#messages.has(this.#firstSeq)) this.#firstSeq++
    return true
  }

  /** Changes a stored message in place, as no server would: for tests of what notices it. */
  alter(seq: number, data: Uint8Array): void {
    const message = this.#messages.get(seq)
    if (message !== undefined) this.#messages.set(seq, { ...message, data })
  }

  /** Drops everything below `seq`, as the limits of a stream and a purge do; without it, everything. The last sequence stays. */
  purge(seq = this.#lastSeq + 1): void {
    const end = Math.min(seq, this.#lastSeq + 1)
    for (let at = this.#firstSeq; at < end; at++) {
      this.#bytes -= this.#messages.get(at)?.data.length ?? 0
      this.#messages.delete(at)
    }
    this.#firstSeq = Math.max(this.#firstSeq, end)
    while (this.#firstSeq <= this.#lastSeq && !this.#messages.has(this.#firstSeq)) this.#firstSeq++
    this.#changed()
  }

  /** Deleted and made anew: empty, and the sequences begin at 1 again. */
  recreate(created: string): void {
    this.#messages.clear()
    this.#ids.clear()
    this.#firstSeq = 1
    this.#lastSeq = 0
    this.#bytes = 0
    this.#created = created
    this.#changed()
  }

  /** Calls back at every change, until the answer is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  #forgetIdsBefore(ms: number): void {
    for (const [id, known] of this.#ids) {
      if (known.storedMs > ms) return
      this.#ids.delete(id)
    }
  }

  #dropOldestOf(subject: string): void {
    const most = this.#limits.maxMessagesASubject
    if (most === undefined) return
    const held: Array<number> = []
    for (const message of this.#messages.values()) if (message.subject === subject) held.push(message.seq)
    for (const seq of held.slice(0, Math.max(0, held.length - most))) this.delete(seq)
  }
}
