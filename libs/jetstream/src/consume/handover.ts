import { type LogBatch, LogBatchBuilder, type Watermark } from "@chaussettes/domain"
import type { StoreError } from "../errors.ts"
import type { LogsRead } from "../ports/logs.ts"
import { reading } from "../topology.ts"

/** How a reading ended. */
export type End = { readonly _tag: "Done" } | { readonly _tag: "Failed"; readonly error: StoreError }

/** What a reader gets when it asks: something read, or how it ended. */
export type Taken = { readonly _tag: "Read"; readonly reads: readonly [LogsRead, ...Array<LogsRead>] } | End

/** The next batch is likely to be as large as this one: growing copies, and room that is not used costs memory. */
const roomAfter = (bytes: number): number => Math.min(reading.batchBytes, Math.max(1_024, bytes * 2))

const emptyBatch = (): LogBatch => new LogBatchBuilder(0).take()

/**
 * Between the callback that hears messages and the one reader that asks for batches. A lone message is handed over as soon as
 * nothing more has arrived, a flood is packed; while the reader is busy, batches wait here and count as held.
 */
export class Handover {
  readonly #onTaken: () => void
  readonly #builder = new LogBatchBuilder(1_024)
  #ready: Array<LogsRead> = []
  #readyBytes = 0
  #caughtUp = false
  /** What was said last: whether silence is silence. */
  #toldCaughtUp = false
  #waiter: ((taken: Taken) => void) | undefined
  #scheduled = false
  #end: End | undefined

  /** `onTaken` hears that batches were taken: there is room again. */
  constructor(onTaken: () => void) {
    this.#onTaken = onTaken
  }

  get heldBytes(): number {
    return this.#readyBytes + this.#builder.length
  }

  get ended(): boolean {
    return this.#end !== undefined
  }

  /** `caughtUp`: nothing was behind the message when the server sent it. */
  push(
    seq: number,
    source: string,
    storedMs: number,
    payload: Uint8Array,
    watermark: Watermark | undefined,
    format: string,
    caughtUp: boolean
  ): void {
    const builder = this.#builder
    if (builder.messages > 0 && builder.length + payload.length > reading.batchBytes) {
      // Before it and not behind it, so that a full batch never has to grow for its last message.
      this.#caughtUp = false
      this.#handOver()
    }
    builder.push(seq, source, storedMs, payload, watermark, format)
    this.#caughtUp = caughtUp
    if (builder.length >= reading.batchBytes || builder.messages >= reading.batchMessages) this.#handOver()
    else if (!this.#scheduled) {
      // Runs when everything that has arrived by now was heard.
      this.#scheduled = true
      setImmediate(() => {
        this.#scheduled = false
        if (this.#waiter !== undefined && this.#builder.messages > 0) this.#handOver()
      })
    }
  }

  /** There is nothing behind what was heard. Told once, until something is heard again. */
  sayCaughtUp(): void {
    this.#caughtUp = true
    if (this.#toldCaughtUp || this.#builder.messages > 0) return
    this.#toldCaughtUp = true
    this.#ready.push({ batch: emptyBatch(), caughtUp: true })
    this.#resume()
  }

  /** The server is out of reach: what it may hold is not known. Told once, until it is known again. */
  sayOutOfReach(): void {
    if (this.#builder.messages > 0) this.#pack()
    this.#caughtUp = false
    if (!this.#toldCaughtUp) return
    this.#toldCaughtUp = false
    this.#ready.push({ batch: emptyBatch(), caughtUp: false })
    this.#resume()
  }

  /** What was heard is still handed over, and then the end. */
  end(end: End): void {
    if (this.#end !== undefined) return
    this.#end = end
    if (this.#builder.messages > 0) this.#pack()
    this.#resume()
  }

  /** Calls back, at once or later, with what was read, never with nothing. One call at a time. */
  take(resume: (taken: Taken) => void): void {
    if (this.#ready.length === 0 && this.#builder.messages > 0) this.#pack()
    this.#waiter = resume
    this.#resume()
  }

  /** Nobody waits any more for what `take` was asked for. */
  forget(): void {
    this.#waiter = undefined
  }

  #handOver(): void {
    this.#pack()
    this.#resume()
  }

  #resume(): void {
    const waiter = this.#waiter
    if (waiter === undefined || (this.#ready.length === 0 && this.#end === undefined)) return
    this.#waiter = undefined
    waiter(this.#taken())
    this.#onTaken()
  }

  #taken(): Taken {
    if (this.#ready.length === 0) return this.#end!
    const reads = this.#ready as unknown as [LogsRead, ...Array<LogsRead>]
    this.#ready = []
    this.#readyBytes = 0
    return { _tag: "Read", reads }
  }

  #pack(): void {
    const bytes = this.#builder.length
    const batch = this.#builder.take(roomAfter(bytes))
    this.#ready.push({ batch, caughtUp: this.#caughtUp })
    this.#readyBytes += bytes
    this.#toldCaughtUp = this.#caughtUp
  }
}
