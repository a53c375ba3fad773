import { type LogBatch, LogBatchBuilder } from "@chaussettes/domain"
import { createInbox, type Msg, nanos, type Subscription } from "@nats-io/transport-node"
import { type StoreError, Unavailable } from "../errors.ts"
import { forbidden, toStoreError } from "../internal/api-errors.ts"
import type { Link, LinkEvent } from "../internal/link.ts"
import type { LogsRead } from "../ports/logs.ts"
import { logsStream, reading } from "../topology.ts"
import type { ConsumerOpener, OpenConsumer } from "./consumer.ts"
import { contentOf, Delivery, headerLengthOf, pullStatus, replyOf, Sources, subjectBytesOf } from "./delivery.ts"
import { watermarkIn } from "./message.ts"
import { Position } from "./position.ts"
import { Pulls } from "./pulls.ts"

export interface SessionOptions {
  readonly fromSeq: number
  readonly throughSeq: number | undefined
  readonly maxBytes: number
  /** Hears the last message of each batch, for whoever acknowledges. */
  readonly onBatch?: (seq: number, reply: Uint8Array) => void
  /** A consumer was opened: replies of earlier batches are void. */
  readonly onOpen?: () => void
}

/** What a reader gets when it asks: something read, or how it ended. */
export type Taken =
  | { readonly _tag: "Read"; readonly reads: readonly [LogsRead, ...Array<LogsRead>] }
  | { readonly _tag: "Done" }
  | { readonly _tag: "Failed"; readonly error: StoreError }

type End = Exclude<Taken, { readonly _tag: "Read" }>

/** Pulls may wait this long at the server, and it says that it lives this often. */
const expiresMs = 5_000
const heartbeatMs = 500
/** So many heartbeats in a row that did not come mean that the consumer, or its server, is gone. */
const heartbeatsMissed = 4
/** Between attempts to open a consumer. */
const [firstRetryMs, mostRetryMs] = [50, 2_000]

/**
 * One reading of LOGS, below all Effects: a subscription whose callback packs payloads into batches, pulls that are sent as
 * the batches are taken, and a consumer that is opened anew wherever the connection, the consumer or a message is lost.
 * No promise and no object a message beyond the client's own.
 */
export class LogsSession {
  readonly #link: Link
  readonly #opener: ConsumerOpener
  readonly #options: SessionOptions
  readonly #position: Position
  readonly #pulls: Pulls
  #delivery = new Delivery()
  readonly #sources = new Sources()
  readonly #stopListening: () => void
  readonly #watch: NodeJS.Timeout
  /** Rises whenever what is under way is given up: what belongs to an earlier one is passed over. */
  #generation = 0
  #consumer: OpenConsumer | undefined
  #subscription: Subscription | undefined
  readonly #builder = new LogBatchBuilder(1_024)
  /** Of what was packed. */
  #lastSeq = 0
  #lastReply: Uint8Array | undefined
  #ready: Array<LogsRead> = []
  #readyBytes = 0
  #caughtUp = false
  /** What was said last: whether silence is silence. */
  #toldCaughtUp = false
  #waiter: ((taken: Taken) => void) | undefined
  #scheduled = false
  #arrived = false
  #missed = 0
  #asking = false
  #end: End | undefined

  constructor(link: Link, opener: ConsumerOpener, options: SessionOptions) {
    this.#link = link
    this.#opener = opener
    this.#options = options
    this.#position = new Position(options.fromSeq)
    this.#pulls = new Pulls(options.maxBytes)
    this.#stopListening = link.listen((event) => this.#onEvent(event))
    this.#watch = setInterval(() => this.#tick(), heartbeatMs)
    if (options.throughSeq !== undefined && options.throughSeq < this.#position.next) this.#finish({ _tag: "Done" })
    else void this.#open()
  }

  /** Calls back, at once or later, with what was read, never with nothing. One call at a time. */
  take(resume: (taken: Taken) => void): void {
    if (this.#ready.length === 0 && this.#builder.messages > 0) this.#pack()
    if (this.#ready.length === 0 && this.#end === undefined) {
      this.#waiter = resume
      return
    }
    resume(this.#taken())
    this.#pull()
  }

  /** Nobody waits any more for what `take` was asked for. */
  forget(): void {
    this.#waiter = undefined
  }

  close(): void {
    this.#finish({ _tag: "Done" })
    this.#waiter = undefined
  }

  #taken(): Taken {
    if (this.#ready.length === 0) return this.#end!
    const reads = this.#ready as unknown as [LogsRead, ...Array<LogsRead>]
    this.#ready = []
    this.#readyBytes = 0
    return { _tag: "Read", reads }
  }

  #resume(): void {
    const waiter = this.#waiter
    if (waiter === undefined || (this.#ready.length === 0 && this.#end === undefined)) return
    this.#waiter = undefined
    waiter(this.#taken())
    this.#pull()
  }

  // Opening

  async #open(): Promise<void> {
    const generation = this.#leave()
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(mostRetryMs, retryMs * 2)) {
      if (!this.#link.connected) return // It is opened when the connection stands again.
      try {
        const consumer = await this.#opener.open(this.#position.next)
        if (generation === this.#generation) this.#opened(consumer)
        else this.#opener.leave(consumer)
        return
      } catch (cause) {
        if (generation !== this.#generation) return
        const error = toStoreError(`reading ${logsStream}`)(cause)
        if (error._tag === "Refused") {
          this.#finish({ _tag: "Failed", error })
          return
        }
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs))
      if (generation !== this.#generation) return
    }
  }

  #opened(consumer: OpenConsumer): void {
    const generation = this.#generation
    const inbox = createInbox(this.#link.inboxPrefix)
    this.#consumer = consumer
    this.#delivery = new Delivery()
    this.#position.opened()
    this.#options.onOpen?.()
    this.#missed = 0
    this.#arrived = true
    // A subscription of its own for each consumer: what the one before still sends is dropped by the client.
    this.#subscription = this.#link.nc.subscribe(`${inbox}.*`, {
      callback: (error, msg) => {
        if (error === null && generation === this.#generation) this.#onMessage(msg)
      }
    })
    this.#pulls.open(inbox)
    if (consumer.pending === 0) {
      const { throughSeq } = this.#options
      if (throughSeq !== undefined && consumer.lastSeq >= throughSeq) {
        this.#finish({ _tag: "Done" })
        return
      }
      this.#sayCaughtUp()
    }
    this.#pull()
  }

  /** Gives up the consumer and what is under way from it; answers the new generation. */
  #leave(): number {
    this.#subscription?.unsubscribe()
    this.#subscription = undefined
    if (this.#consumer !== undefined) this.#opener.leave(this.#consumer)
    this.#consumer = undefined
    this.#pulls.close()
    return ++this.#generation
  }

  #finish(end: End): void {
    if (this.#end !== undefined) return
    this.#end = end
    clearInterval(this.#watch)
    this.#stopListening()
    this.#leave()
    if (this.#builder.messages > 0) this.#pack()
    this.#resume()
  }

  #onEvent(event: LinkEvent): void {
    switch (event._tag) {
      case "Disconnected":
        this.#leave()
        break
      case "Reconnected":
        void this.#open()
        break
      case "Forbidden":
        if (this.#pulls.owns(event.subject)) {
          const error = forbidden(`reading ${logsStream}`, event.operation, event.subject)
          this.#finish({ _tag: "Failed", error })
        }
        break
      case "Closed": {
        const error = new Unavailable({ what: `reading ${logsStream}`, why: "the connection is closed" })
        this.#finish({ _tag: "Failed", error })
        break
      }
    }
  }

  // Pulling

  #pull(): void {
    if (this.#consumer === undefined) return
    const held = this.#readyBytes + this.#builder.length
    for (let pull = this.#pulls.next(held); pull !== undefined; pull = this.#pulls.next(held)) {
      const { batch, maxBytes, reply } = pull
      const request = { batch, max_bytes: maxBytes, expires: nanos(expiresMs), idle_heartbeat: nanos(heartbeatMs) }
      const subject = `$JS.API.CONSUMER.MSG.NEXT.${logsStream}.${this.#consumer.name}`
      this.#pulls.sent(subject)
      this.#link.nc.publish(subject, JSON.stringify(request), { reply })
    }
  }

  /** Silence that is longer than the heartbeats allow: twice as long on a busy machine does no harm, half as long does. */
  #tick(): void {
    if (this.#consumer === undefined || this.#pulls.count === 0 || this.#arrived) {
      this.#arrived = false
      this.#missed = 0
      return
    }
    this.#missed++
    if (this.#missed >= heartbeatsMissed) void this.#open()
  }

  // Receiving

  #onMessage(msg: Msg): void {
    this.#arrived = true
    const reply = replyOf(msg)
    if (reply.length === 0) {
      this.#onStatus(msg)
      return
    }
    const delivery = this.#delivery
    if (!delivery.read(reply)) return
    const content = contentOf(msg)
    const subject = subjectBytesOf(msg)
    this.#pulls.received(subject.length + reply.length + content.length)
    const seen = this.#position.see(delivery.seq, delivery.consumerSeq)
    if (seen === "old") return
    if (seen === "lost") {
      void this.#open()
      return
    }
    const { throughSeq } = this.#options
    if (throughSeq !== undefined && delivery.seq > throughSeq) {
      this.#finish({ _tag: "Done" })
      return
    }
    const headerLength = headerLengthOf(msg)
    const builder = this.#builder
    if (builder.messages > 0 && builder.length + content.length > reading.batchBytes) {
      // Before it and not behind it, so that a full batch never has to grow for its last message.
      this.#caughtUp = false
      this.#pack()
      this.#resume()
    }
    const source = this.#sources.of(subject)
    if (headerLength > 0) {
      const watermark = watermarkIn(content.subarray(0, headerLength))
      builder.push(delivery.seq, source, delivery.storedMs, content.subarray(headerLength), watermark)
    } else builder.push(delivery.seq, source, delivery.storedMs, content)
    this.#lastReply = reply
    this.#lastSeq = delivery.seq
    this.#caughtUp = delivery.pending === 0
    if (throughSeq !== undefined && this.#isLast(throughSeq)) this.#finish({ _tag: "Done" })
    else if (builder.length >= reading.batchBytes || builder.messages >= reading.batchMessages) {
      this.#pack()
      this.#resume()
    } else if (!this.#scheduled) {
      // Runs when everything that has arrived by now was seen: a lone message is handed on at once, a flood is packed.
      this.#scheduled = true
      setImmediate(() => this.#drained())
    }
  }

  #isLast(throughSeq: number): boolean {
    return this.#delivery.seq === throughSeq || (this.#caughtUp && (this.#consumer?.lastSeq ?? 0) >= throughSeq)
  }

  #drained(): void {
    this.#scheduled = false
    if (this.#waiter === undefined || this.#builder.messages === 0) return
    this.#pack()
    this.#resume()
  }

  #pack(): void {
    const bytes = this.#builder.length
    // The next batch is likely to be as large: growing copies, and room that is not used costs memory.
    const batch = this.#builder.take(Math.min(reading.batchBytes, Math.max(1_024, bytes * 2)))
    this.#ready.push({ batch, caughtUp: this.#caughtUp })
    this.#readyBytes += bytes
    this.#toldCaughtUp = this.#caughtUp
    if (this.#lastReply !== undefined) this.#options.onBatch?.(this.#lastSeq, this.#lastReply)
  }

  #onStatus(msg: Msg): void {
    const status = pullStatus(msg)
    switch (status._tag) {
      case "Heartbeat":
        this.#onSilence()
        break
      case "Ended":
        this.#pulls.ended(msg.subject, status.tooLarge)
        this.#pull()
        break
      case "Broken":
        this.#consumer = undefined // It is gone, or its server is: there is nothing to delete.
        this.#reopenSoon()
        break
    }
  }

  /** Whatever broke it may do so again at once: a moment later costs nothing, a busy loop would. */
  #reopenSoon(): void {
    const generation = this.#leave()
    setTimeout(() => {
      if (generation === this.#generation && this.#end === undefined) void this.#open()
    }, firstRetryMs)
  }

  /** A heartbeat comes only while the server has nothing to deliver: what was still pending at the last message is not held any more. */
  #onSilence(): void {
    this.#sayCaughtUp()
    const { throughSeq } = this.#options
    if (throughSeq === undefined || this.#asking) return
    this.#asking = true
    const generation = this.#generation
    this.#opener
      .lastSeq(this.#position.next)
      .then(
        // What is to be read last was deleted, or was never for this source: a new consumer says whether anything is left.
        (lastSeq) => {
          if (lastSeq >= throughSeq && generation === this.#generation) void this.#open()
        },
        () => undefined // Not answered, or refused: the next opening says so.
      )
      .finally(() => {
        this.#asking = false
      })
  }

  #sayCaughtUp(): void {
    this.#caughtUp = true
    if (this.#toldCaughtUp || this.#builder.messages > 0) return
    this.#toldCaughtUp = true
    this.#ready.push({ batch: emptyBatch(), caughtUp: true })
    this.#resume()
  }
}

const emptyBatch = (): LogBatch => new LogBatchBuilder(0).take()
