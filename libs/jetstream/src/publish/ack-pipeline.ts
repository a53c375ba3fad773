import { createInbox, type Msg, type Subscription } from "@nats-io/transport-node"
import { isPassing, isSilence } from "../connection/api-errors.ts"
import type { Link, LinkEvent } from "../connection/link.ts"
import type { Outgoing, PipelineEvents, PipelineFailure, PipelineOptions } from "./pipeline.ts"
import { type PubAck, parsePubAck } from "./pub-ack.ts"

export type { Outgoing, PipelineEvents, PipelineFailure, PipelineOptions } from "./pipeline.ts"

interface UnderWay {
  readonly message: Outgoing
  readonly bytes: number
  /** Its sequence once it is stored; 0 before. */
  seq: number
  duplicate: boolean
}

/** What a message takes on the wire beside its payload and headers, roughly. */
const overheadBytes = 64

/**
 * Publishes with many messages under way. One subscription hears all acknowledgements: a promise, a timer and a
 * subscription a message, as `js.publish` has them, cost five times as much.
 *
 * - Each message's reply subject names its slot, so that no answer is taken for another's, in whatever order they come.
 *   There are as many slots as messages may be under way: the server's cache of subjects stays small.
 * - The slots of an earlier connection have another prefix: an answer that comes late, to a message that was sent again
 *   since, is not counted twice.
 * - A redial throws away what the client had buffered, without a word. So on a disconnect everything not acknowledged is
 *   under suspicion: it is failed, or sent again from the oldest on.
 */
export class AckPipeline {
  readonly #link: Link
  readonly #options: PipelineOptions
  readonly #events: PipelineEvents
  readonly #inbox: string
  readonly #stopListening: () => void
  #subscription: Subscription | undefined
  #queue: Array<UnderWay> = []
  /** Of the queue: how many are sent in this epoch. */
  #sent = 0
  #bytes = 0
  /** Number of the queue's first message, since the beginning. */
  #first = 0
  #epoch = 0
  #prefix = ""
  #replies: Array<string> = []
  #roomScheduled = false
  #progressMs = 0
  /** Since when passing refusals keep it from going on. */
  #refusedSinceMs: number | undefined
  #watch: NodeJS.Timeout | undefined
  #pause: NodeJS.Timeout | undefined
  /** Of the last acknowledgement, or when the first of what is under way was sent: nothing under way was stored long before. */
  #ackedMs = 0
  #isSilenceTold = false
  #confirming = false
  #closed = false

  constructor(link: Link, options: PipelineOptions, events: PipelineEvents) {
    this.#link = link
    this.#options = options
    this.#events = events
    this.#inbox = createInbox(link.inboxPrefix)
    this.#stopListening = link.listen((event) => this.#onEvent(event))
    this.#nextEpoch()
  }

  /** Messages not acknowledged. */
  get pending(): number {
    return this.#queue.length
  }

  hasRoom(message: Outgoing): boolean {
    const { maxMessages, maxBytes } = this.#options
    return (
      this.#queue.length === 0 ||
      (this.#queue.length < maxMessages && this.#bytes + sizeOf(message) + overheadBytes <= maxBytes)
    )
  }

  /** Sends behind everything before it. Only where there is room. */
  push(message: Outgoing): void {
    const size = sizeOf(message)
    const maxBytes = this.#link.nc.info?.max_payload ?? Number.POSITIVE_INFINITY
    if (size > maxBytes) {
      this.#fail({ _tag: "TooLarge", bytes: size, maxBytes })
      return
    }
    if (!this.#link.connected && this.#options.onLost._tag === "fail") {
      this.#fail({ _tag: "Lost", why: "there is no connection" })
      return
    }
    const bytes = size + overheadBytes
    if (this.#queue.length === 0) this.#startWatch()
    this.#queue.push({ message, bytes, seq: 0, duplicate: false })
    this.#bytes += bytes
    this.#pump()
  }

  /** Gives up what is under way, without a word. */
  reset(): void {
    this.#queue = []
    this.#bytes = 0
    this.#refusedSinceMs = undefined
    this.#stopWatch()
    this.#nextEpoch()
  }

  close(): void {
    this.reset()
    this.#closed = true
    this.#stopListening()
    this.#subscription?.unsubscribe()
  }

  #nextEpoch(): void {
    this.#epoch++
    this.#sent = 0
    this.#prefix = `${this.#inbox}.${this.#epoch}_`
    this.#replies = []
    clearTimeout(this.#pause)
    this.#pause = undefined
    this.#confirming = false
  }

  #pump(): void {
    if (!this.#link.connected || this.#pause !== undefined || this.#confirming || this.#closed) return
    const { maxMessages } = this.#options
    if (this.#subscription === undefined || this.#subscription.isClosed()) this.#subscribe()
    try {
      while (this.#sent < this.#queue.length) {
        const entry = this.#queue[this.#sent]!
        const slot = (this.#first + this.#sent) % maxMessages
        this.#sent++
        if (entry.seq > 0) continue
        this.#replies[slot] ??= this.#prefix + slot
        const reply = this.#replies[slot]
        const { subject, data, headers } = entry.message
        this.#link.nc.publish(subject, data, headers === undefined ? { reply } : { reply, headers: headers.hdrs })
      }
    } catch (error) {
      this.#fail({ _tag: "Invalid", why: error instanceof Error ? error.message : String(error) })
    }
  }

  #subscribe(): void {
    this.#subscription = this.#link.nc.subscribe(`${this.#inbox}.*`, {
      callback: (error, msg) => {
        if (error === null) this.#onAck(msg)
      }
    })
  }

  #onAck(msg: Msg): void {
    const { subject } = msg
    if (!subject.startsWith(this.#prefix)) return
    const { maxMessages } = this.#options
    const slot = Number.parseInt(subject.slice(this.#prefix.length), 10)
    const index = (slot - (this.#first % maxMessages) + maxMessages) % maxMessages
    const entry = this.#queue[index]
    if (entry === undefined || index >= this.#sent || entry.seq > 0) return
    const ack = parsePubAck(msg)
    if (ack._tag !== "Stored") {
      this.#onRefusal(entry, ack)
      return
    }
    entry.seq = ack.seq
    entry.duplicate = ack.duplicate
    this.#progressMs = Date.now()
    this.#ackedMs = this.#progressMs
    this.#isSilenceTold = false
    this.#refusedSinceMs = undefined
    if (!this.#roomScheduled) {
      // Acknowledgements arrive many at a time: the queue moves once for all of them.
      this.#roomScheduled = true
      queueMicrotask(() => this.#advance())
    }
  }

  #advance(): void {
    this.#roomScheduled = false
    let stored = 0
    for (const entry of this.#queue) {
      if (entry.seq === 0) break
      stored++
      this.#bytes -= entry.bytes
    }
    if (stored === 0) return
    const done = this.#queue.splice(0, stored)
    this.#first += stored
    this.#sent = Math.max(0, this.#sent - stored)
    if (this.#queue.length === 0) this.#stopWatch()
    for (const entry of done) this.#events.onStored(entry.message, entry.seq, entry.duplicate)
    this.#pump()
    this.#events.onRoom()
  }

  #onRefusal(entry: UnderWay, ack: Exclude<PubAck, { readonly _tag: "Stored" }>): void {
    const { onLost } = this.#options
    const passing = ack._tag === "NoResponders" || isPassing(ack.error.errCode)
    if (onLost._tag === "fail" || !passing) {
      this.#fail({ _tag: "Refused", message: entry.message, ack })
      return
    }
    const nowMs = Date.now()
    this.#refusedSinceMs ??= nowMs
    const waitedMs = nowMs - this.#refusedSinceMs
    this.#nextEpoch()
    this.#progressMs = nowMs
    const pauseMs = Math.min(1_000, 50 + waitedMs)
    if (waitedMs <= onLost.patienceMs) this.#resendAfter(pauseMs)
    else void this.#resendUnlessAbsent(entry, ack, onLost.isAbsent, pauseMs)
  }

  #resendAfter(pauseMs: number): void {
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      void this.#confirmAndResend()
    }, pauseMs)
  }

  async #resendUnlessAbsent(
    entry: UnderWay,
    ack: Exclude<PubAck, { readonly _tag: "Stored" }>,
    isAbsent: () => Promise<boolean>,
    pauseMs: number
  ): Promise<void> {
    const epoch = this.#epoch
    this.#confirming = true
    const absent = ack._tag === "NoResponders" && (await isAbsent())
    if (epoch !== this.#epoch || this.#closed) return
    this.#confirming = false
    if (absent) {
      this.#fail({ _tag: "Absent", message: entry.message })
      return
    }
    this.#tellSilence()
    this.#resendAfter(pauseMs)
  }

  #onEvent(event: LinkEvent): void {
    switch (event._tag) {
      case "Disconnected":
        this.#lose(event.why)
        break
      case "Reconnected":
        void this.#confirmAndResend()
        break
      case "Forbidden":
        if (
          event.operation === "publish"
            ? this.#queue.some((entry) => entry.message.subject === event.subject)
            : event.subject === `${this.#inbox}.*`
        ) {
          this.#fail({ _tag: "Forbidden", operation: event.operation, subject: event.subject })
        }
        break
      case "Closed":
        if (this.#queue.length > 0) this.#fail({ _tag: "Lost", why: event.why ?? "the connection is closed" })
        break
    }
  }

  #lose(why: string): void {
    if (this.#queue.length === 0) return
    if (this.#options.onLost._tag === "fail") this.#fail({ _tag: "Lost", why })
    else this.#nextEpoch()
  }

  async #confirmAndResend(): Promise<void> {
    const { onLost } = this.#options
    const confirm = onLost._tag === "resend" ? onLost.confirm : undefined
    if (confirm !== undefined && this.#queue.length > 0 && Date.now() - this.#ackedMs >= confirm.afterMs) {
      this.#nextEpoch()
      this.#confirming = true
      const epoch = this.#epoch
      const suspects = this.#queue.map(({ message }) => message)
      const held = await confirm.ask(suspects).catch((error: unknown) => {
        // Not allowed: then the server's memory of identities is all there is.
        return isSilence(error) ? undefined : new Map<Outgoing, number>()
      })
      if (epoch !== this.#epoch || this.#closed) return
      this.#confirming = false
      // Sent on suspicion behind so long a silence, a message that the stream holds would be stored again: the watch asks once more.
      if (held === undefined) return
      for (const entry of this.#queue) entry.seq ||= held.get(entry.message) ?? 0
    }
    this.#resend()
    this.#advance()
  }

  #resend(): void {
    this.#nextEpoch()
    this.#progressMs = Date.now()
    this.#pump()
  }

  #fail(failure: PipelineFailure): void {
    this.reset()
    this.#events.onFailure(failure)
  }

  #startWatch(): void {
    this.#progressMs = Date.now()
    this.#ackedMs = this.#progressMs
    this.#isSilenceTold = false
    this.#watch ??= setInterval(() => {
      // A refusal that may pass is an answer: it passes within the patience, or is told behind it.
      if (this.#refusedSinceMs === undefined) this.#tellSilence()
      if (!this.#link.connected || this.#confirming || Date.now() - this.#progressMs < this.#options.ackWaitMs) return
      if (this.#options.onLost._tag === "resend") void this.#confirmAndResend()
      else this.#fail({ _tag: "Lost", why: `no acknowledgement within ${this.#options.ackWaitMs} ms` })
    }, this.#options.ackWaitMs / 4)
  }

  #tellSilence(): void {
    if (this.#isSilenceTold || Date.now() - this.#ackedMs < this.#options.ackWaitMs) return
    this.#isSilenceTold = true
    this.#events.onSilence?.(this.#link.connected)
  }

  #stopWatch(): void {
    clearInterval(this.#watch)
    this.#watch = undefined
  }
}

const sizeOf = ({ data, headers }: Outgoing): number => data.length + (headers?.bytes ?? 0)
