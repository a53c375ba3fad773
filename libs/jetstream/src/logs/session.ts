import { createInbox, type Msg, nanos, type Subscription } from "@nats-io/transport-node"
import { Unavailable } from "../errors.ts"
import { forbidden, toStoreError } from "../internal/api-errors.ts"
import type { Link, LinkEvent } from "../internal/link.ts"
import { logsStream } from "../topology.ts"
import type { ConsumerOpener, OpenConsumer } from "./consumer.ts"
import { contentOf, Delivery, headerLengthOf, pullStatus, replyOf, Sources, subjectBytesOf } from "./delivery.ts"
import { type End, Handover, type Taken } from "./handover.ts"
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
  readonly #handover: Handover
  #delivery = new Delivery()
  readonly #sources = new Sources()
  readonly #stopListening: () => void
  readonly #watch: NodeJS.Timeout
  /** Rises whenever what is under way is given up: what belongs to an earlier one is passed over. */
  #generation = 0
  #consumer: OpenConsumer | undefined
  #subscription: Subscription | undefined
  #arrived = false
  #missed = 0
  #asking = false

  constructor(link: Link, opener: ConsumerOpener, options: SessionOptions) {
    this.#link = link
    this.#opener = opener
    this.#options = options
    this.#position = new Position(options.fromSeq)
    this.#pulls = new Pulls(options.maxBytes)
    const { onBatch } = options
    this.#handover = new Handover({ onTaken: () => this.#pull(), ...(onBatch === undefined ? {} : { onBatch }) })
    this.#stopListening = link.listen((event) => this.#onEvent(event))
    this.#watch = setInterval(() => this.#tick(), heartbeatMs)
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
      this.#handover.sayCaughtUp()
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
    if (this.#handover.ended) return
    clearInterval(this.#watch)
    this.#stopListening()
    this.#leave()
    this.#handover.end(end)
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
    const held = this.#handover.heldBytes
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
    const caughtUp = delivery.pending === 0
    const source = this.#sources.of(subject)
    const headerLength = Math.max(0, headerLengthOf(msg))
    const payload = headerLength === 0 ? content : content.subarray(headerLength)
    const watermark = headerLength === 0 ? undefined : watermarkIn(content.subarray(0, headerLength))
    this.#handover.push(delivery.seq, source, delivery.storedMs, payload, watermark, reply, caughtUp)
    if (
      throughSeq !== undefined &&
      (delivery.seq === throughSeq || (caughtUp && (this.#consumer?.lastSeq ?? 0) >= throughSeq))
    ) {
      this.#finish({ _tag: "Done" })
    }
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
      if (generation === this.#generation && !this.#handover.ended) void this.#open()
    }, firstRetryMs)
  }

  /** A heartbeat comes only while the server has nothing to deliver: what was still pending at the last message is not held any more. */
  #onSilence(): void {
    this.#handover.sayCaughtUp()
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
}
