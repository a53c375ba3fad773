import { createInbox, type Msg, nanos, type Subscription } from "@nats-io/transport-node"
import type { Link } from "../connection/link.ts"
import { contentOf, pullStatus, replyOf, subjectBytesOf } from "./delivery.ts"
import { atATime, Pulls } from "./pulls.ts"

export interface FeedEvents {
  /** A delivered message, with the reply that describes it. */
  readonly onMessage: (msg: Msg, reply: Uint8Array) => void
  /** The server has nothing to deliver; up to `deliveredSeq` the consumer has delivered, to whomever. */
  readonly onHeartbeat: (deliveredSeq: number) => void
  /** The consumer is gone, or its server is. */
  readonly onBroken: () => void
  /** Neither a message nor a heartbeat came for too long. */
  readonly onSilent: () => void
}

/** Pulls may wait this long at the server, and it says that it lives this often. */
const expiresMs = 5_000
const heartbeatMs = 500
/** So many heartbeats in a row that did not come mean that the consumer, or its server, is gone. */
const heartbeatsMissed = 4

/**
 * What comes from one consumer at a time: a subscription for each slot of a pull, the pulls that are out, and the watch over its silence.
 * `heldBytes` tells what waits in this process, so that no more is asked for than there is room.
 */
export class Feed {
  readonly #link: Link
  readonly #stream: string
  readonly #pulls: Pulls
  readonly #heldBytes: () => number
  readonly #events: FeedEvents
  readonly #watch: NodeJS.Timeout
  #subject: string | undefined
  #subscriptions: ReadonlyArray<Subscription> = []
  #arrived = false
  #missed = 0

  constructor(link: Link, stream: string, maxBytes: number, heldBytes: () => number, events: FeedEvents) {
    this.#link = link
    this.#stream = stream
    this.#pulls = new Pulls(maxBytes)
    this.#heldBytes = heldBytes
    this.#events = events
    this.#watch = setInterval(() => this.#tick(), heartbeatMs)
  }

  /** Begins to hear a consumer; the first pulls go out with `pull`. */
  open(consumer: string): void {
    const inboxes = Array.from({ length: atATime }, () => createInbox(this.#link.inboxPrefix))
    this.#subject = `${this.#link.apiPrefix}.CONSUMER.MSG.NEXT.${this.#stream}.${consumer}`
    this.#missed = 0
    this.#arrived = true
    this.#pulls.open(inboxes)
    // Subscriptions of its own for each consumer: what the one before still sends is dropped by the client.
    const subscriptions = inboxes.map((inbox, slot) =>
      this.#link.nc.subscribe(`${inbox}.*`, {
        callback: (error, msg) => {
          if (error === null && subscriptions === this.#subscriptions) this.#onMessage(msg, slot)
        }
      })
    )
    this.#subscriptions = subscriptions
  }

  /** Stops hearing. What is still on its way is dropped. */
  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
    this.#subscriptions = []
    this.#subject = undefined
    this.#pulls.close()
  }

  end(): void {
    clearInterval(this.#watch)
    this.close()
  }

  /** Asks for as much as there is room for. */
  pull(): void {
    const { nc } = this.#link
    if (this.#subject === undefined || nc.isDraining() || nc.isClosed()) return
    const held = this.#heldBytes()
    for (let pull = this.#pulls.next(held); pull !== undefined; pull = this.#pulls.next(held)) {
      const { batch, maxBytes, reply } = pull
      const request = { batch, max_bytes: maxBytes, expires: nanos(expiresMs), idle_heartbeat: nanos(heartbeatMs) }
      nc.publish(this.#subject, JSON.stringify(request), { reply })
    }
  }

  /** Whether a permission that is refused is one of this feed's. */
  owns(subject: string): boolean {
    return subject === this.#subject || this.#subscriptions.some((one) => one.getSubject() === subject)
  }

  #onMessage(msg: Msg, slot: number): void {
    this.#arrived = true
    const reply = replyOf(msg)
    if (reply.length === 0) {
      this.#onStatus(msg)
      return
    }
    const bytes = subjectBytesOf(msg).length + reply.length + contentOf(msg).length
    const isOver = this.#pulls.received(slot, bytes)
    this.#events.onMessage(msg, reply)
    if (isOver) this.pull()
  }

  #onStatus(msg: Msg): void {
    const status = pullStatus(msg)
    switch (status._tag) {
      case "Heartbeat":
        this.#events.onHeartbeat(status.deliveredSeq)
        break
      case "Ended":
        this.#pulls.ended(msg.subject, status.tooLarge)
        this.pull()
        break
      case "Broken":
        this.#events.onBroken()
        break
    }
  }

  /** Silence that is longer than the heartbeats allow: twice as long on a busy machine does no harm, half as long does. */
  #tick(): void {
    if (this.#subject === undefined || this.#pulls.count === 0 || this.#arrived) {
      this.#arrived = false
      this.#missed = 0
      return
    }
    this.#missed++
    if (this.#missed >= heartbeatsMissed) this.#events.onSilent()
  }
}
