import type { Msg } from "@nats-io/transport-node"
import { forbidden, toStoreError } from "../connection/api-errors.ts"
import type { Link, LinkEvent } from "../connection/link.ts"
import { Unavailable } from "../errors.ts"
import { formatIn, watermarkIn } from "../logs/message.ts"
import type { ConsumerOpener, OpenConsumer } from "./consumer.ts"
import { contentOf, Delivery, headerLengthOf, replyOf, Sources, subjectBytesOf } from "./delivery.ts"
import { Feed } from "./feed.ts"
import { type End, Handover, type Taken } from "./handover.ts"
import { Position } from "./position.ts"

export interface SessionOptions {
  readonly stream: string
  /** Stands before the name of a source in all subjects. */
  readonly prefix: string
  readonly fromSeq: number
  readonly throughSeq: number | undefined
  readonly maxBytes: number
  /** Others may use the consumer, too: it is durable. */
  readonly shared: boolean
}

/** Between attempts to open a consumer. */
const [firstRetryMs, mostRetryMs] = [50, 2_000]
/** A consumer that had to be opened again so soon has somebody else reading through it, who opens it again just the same. */
const soonMs = 1_000
/** While nothing comes the stream is asked this often whether nothing is there. */
const lookEveryMs = 2_000

/**
 * One reading of a stream, below all Effects: what a consumer delivers is put in its place (`Position`), packed and handed over
 * (`Handover`), and the consumer is opened anew wherever the connection, the consumer or a message is lost.
 * No promise and no object a message beyond the client's own.
 */
export class StreamSession {
  readonly #link: Link
  readonly #opener: ConsumerOpener
  readonly #options: SessionOptions
  readonly #position: Position
  readonly #handover: Handover
  readonly #feed: Feed
  readonly #sources: Sources
  readonly #stopListening: () => void
  #delivery = new Delivery()
  /** Rises whenever what is under way is given up: an answer to an earlier one is passed over. */
  #generation = 0
  #consumer: OpenConsumer | undefined
  /** Messages behind a jump that the stream is being asked about. */
  #inDoubt: Array<Msg> | undefined
  #looking = false
  #lookedMs = Number.NEGATIVE_INFINITY
  /** Where the stream ended when it was looked at last. */
  #lookedSeq = 0
  /** When the consumer was opened there was nothing from where this reader is up to this sequence. */
  #nothingThrough = 0
  #openedMs = Number.NEGATIVE_INFINITY
  #pauseMs = 0

  constructor(link: Link, opener: ConsumerOpener, options: SessionOptions) {
    this.#link = link
    this.#opener = opener
    this.#options = options
    this.#sources = new Sources(options.prefix)
    this.#position = new Position(options.fromSeq, options.shared)
    this.#handover = new Handover(() => this.#feed.pull())
    this.#feed = new Feed(
      link,
      options.stream,
      options.maxBytes,
      () => this.#handover.heldBytes + this.#bytesInDoubt(),
      {
        onMessage: (msg, reply) => {
          if (this.#inDoubt === undefined) this.#hear(msg, reply)
          else this.#inDoubt.push(msg)
        },
        onHeartbeat: (deliveredSeq) => this.#onHeartbeat(deliveredSeq),
        onBroken: () => {
          this.#consumer = undefined // There is nothing to delete any more.
          this.#reopenSoon()
        },
        onSilent: () => {
          this.#handover.sayOutOfReach()
          void this.#open()
        }
      }
    )
    this.#stopListening = link.listen((event) => this.#onEvent(event))
    if (options.throughSeq !== undefined && options.throughSeq < this.#position.next) this.#finish({ _tag: "Done" })
    else void this.#open()
  }

  /** Calls back, at once or later, with what was read, never with nothing. One call at a time. */
  take(resume: (taken: Taken) => void): void {
    this.#handover.take(resume)
  }

  /** Nobody waits any more for what `take` was asked for. */
  forget(): void {
    this.#handover.forget()
  }

  close(): void {
    this.#handover.forget()
    this.#finish({ _tag: "Done" })
  }

  get #what(): string {
    return `reading ${this.#options.stream}`
  }

  // Opening and ending

  async #open(): Promise<void> {
    const generation = this.#leave()
    const isSoon = performance.now() - this.#openedMs < soonMs
    this.#pauseMs = isSoon ? Math.min(mostRetryMs, Math.max(firstRetryMs, this.#pauseMs * 2)) : 0
    if (isSoon) {
      // By chance, so that of two that move one consumer to and fro one reads on for a while.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * this.#pauseMs))
      if (generation !== this.#generation) return
    }
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(mostRetryMs, retryMs * 2)) {
      if (!this.#link.connected) return // It is opened when the connection stands again.
      try {
        const consumer = await this.#opener.open(this.#position.next)
        if (generation === this.#generation) this.#opened(consumer)
        else this.#opener.leave(consumer)
        return
      } catch (cause) {
        if (generation !== this.#generation || this.#failed(cause)) return
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs))
      if (generation !== this.#generation) return
    }
  }

  #opened(consumer: OpenConsumer): void {
    this.#feed.open(consumer.name)
    this.#openedMs = performance.now()
    this.#consumer = consumer
    this.#delivery = new Delivery()
    this.#position.opened(consumer.firstSeq)
    this.#nothingThrough = consumer.pending === 0 ? consumer.lastSeq : 0
    if (consumer.pending === 0) {
      const { throughSeq } = this.#options
      if (throughSeq !== undefined && consumer.lastSeq >= throughSeq) {
        this.#finish({ _tag: "Done" })
        return
      }
      this.#handover.sayCaughtUp()
    }
    this.#feed.pull()
  }

  /** Whatever broke it may do so again at once: a moment later costs nothing, a busy loop would. */
  #reopenSoon(): void {
    const generation = this.#leave()
    setTimeout(() => {
      if (generation === this.#generation && !this.#handover.ended) void this.#open()
    }, firstRetryMs)
  }

  /** Gives up the consumer and what is under way from it; answers the new generation. */
  #leave(): number {
    this.#feed.close()
    if (this.#consumer !== undefined) this.#opener.leave(this.#consumer)
    this.#consumer = undefined
    this.#inDoubt = undefined
    return ++this.#generation
  }

  /** Ends the reading with what only the caller can act on; answers whether it did. */
  #failed(cause: unknown): boolean {
    const error = toStoreError(this.#what)(cause)
    if (error._tag === "Unavailable") return false
    this.#finish({ _tag: "Failed", error })
    return true
  }

  #finish(end: End): void {
    if (this.#handover.ended) return
    this.#stopListening()
    this.#leave()
    this.#feed.end()
    this.#handover.end(end)
  }

  #onEvent(event: LinkEvent): void {
    switch (event._tag) {
      case "Disconnected":
        this.#leave()
        this.#handover.sayOutOfReach()
        break
      case "Reconnected":
        void this.#open()
        break
      case "Forbidden":
        if (this.#feed.owns(event.subject)) this.#failed(forbidden(this.#what, event.operation, event.subject))
        break
      case "Closed":
        this.#finish({ _tag: "Failed", error: new Unavailable({ what: this.#what, why: "the connection is closed" }) })
        break
    }
  }

  // Hearing

  #hear(msg: Msg, reply: Uint8Array): void {
    const delivery = this.#delivery
    if (!delivery.read(reply)) return
    switch (this.#position.see(delivery.seq, delivery.consumerSeq)) {
      case "old":
        return
      case "lost":
        void this.#open()
        return
      case "doubtful":
        void this.#askFor(msg, delivery.seq)
        return
      case "new":
        this.#take(msg)
    }
  }

  #take(msg: Msg): void {
    const { seq, storedMs, pending } = this.#delivery
    const { throughSeq } = this.#options
    if (throughSeq !== undefined && seq > throughSeq) {
      this.#finish({ _tag: "Done" })
      return
    }
    const caughtUp = pending === 0
    const content = contentOf(msg)
    const source = this.#sources.of(subjectBytesOf(msg))
    const headerLength = Math.max(0, headerLengthOf(msg))
    const payload = headerLength === 0 ? content : content.subarray(headerLength)
    const headers = content.subarray(0, headerLength)
    const watermark = headerLength === 0 ? undefined : watermarkIn(headers)
    const format = headerLength === 0 ? "" : formatIn(headers)
    // Whether it is the last one is asked before it is handed over: its reader may close this session.
    const isLast =
      throughSeq !== undefined && (seq === throughSeq || (caughtUp && (this.#consumer?.lastSeq ?? 0) >= throughSeq))
    this.#handover.push(seq, source, storedMs, payload, watermark, format, caughtUp)
    if (isLast) this.#finish({ _tag: "Done" })
  }

  /** Whether the stream holds anything between where this reader is and the message that came. */
  async #askFor(msg: Msg, seq: number): Promise<void> {
    const generation = this.#generation
    this.#inDoubt = [msg]
    try {
      const held = await this.#opener.firstHeld(this.#position.next)
      if (generation !== this.#generation) return
      if (held === seq) {
        this.#position.nothingBelow(seq)
        this.#hearAgain()
      } else if (held !== undefined && held < seq) void this.#open()
      else this.#reopenSoon() // A replica that has not come so far, or the message was dropped meanwhile: not proven.
    } catch (cause) {
      if (generation === this.#generation && !this.#failed(cause)) this.#reopenSoon()
    }
  }

  /** Takes up what waited behind a jump; another jump in it makes the rest wait again. */
  #hearAgain(): void {
    const generation = this.#generation
    const waiting = this.#inDoubt ?? []
    this.#inDoubt = undefined
    for (const [i, msg] of waiting.entries()) {
      this.#hear(msg, replyOf(msg))
      if (generation !== this.#generation) return
      if (this.#inDoubt !== undefined) {
        this.#inDoubt = waiting.slice(i)
        return
      }
    }
  }

  #bytesInDoubt(): number {
    return this.#inDoubt?.reduce((bytes, msg) => bytes + contentOf(msg).length, 0) ?? 0
  }

  /** A heartbeat comes only while the server has nothing to deliver. */
  #onHeartbeat(deliveredSeq: number): void {
    if (this.#inDoubt !== undefined) return
    // Messages that were pending are not held any more, or are kept back. Or somebody else put the consumer elsewhere, or pulled from it.
    if (this.#pending > 0 || this.#isBehind(deliveredSeq)) {
      void this.#open()
      return
    }
    this.#handover.sayCaughtUp()
    void this.#look()
  }

  /** What the consumer still had to deliver, when it was heard of last. */
  get #pending(): number {
    return this.#delivery.seq > 0 ? this.#delivery.pending : (this.#consumer?.pending ?? 0)
  }

  /** Whether the stream, by all that is known, holds something up to a sequence that has not been read. */
  #isBehind(seq: number): boolean {
    return seq > this.#nothingThrough && this.#position.isBehind(seq)
  }

  /** Whether the silence of the consumer is that of the stream. If not, a new consumer says what is left. */
  async #look(): Promise<void> {
    const { throughSeq } = this.#options
    const nowMs = performance.now()
    if (this.#looking || (throughSeq === undefined && nowMs - this.#lookedMs < lookEveryMs)) return
    this.#looking = true
    this.#lookedMs = nowMs
    const generation = this.#generation
    try {
      const lastSeq = await this.#opener.lastSeq(this.#position.next)
      if (generation !== this.#generation) return
      // What is to be read last was deleted, or was never for this source. Or what was there at the look before has still not come.
      if (throughSeq === undefined ? this.#isBehind(this.#lookedSeq) : lastSeq >= throughSeq) void this.#open()
      this.#lookedSeq = lastSeq
    } catch {
      // Not answered, or refused: the next opening says so.
    } finally {
      this.#looking = false
    }
  }
}
