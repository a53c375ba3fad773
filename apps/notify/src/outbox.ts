import { type Batch, type Counts, Gathering } from "./batch.ts"
import type { Change } from "./change.ts"

/** When a receiver is told. */
export interface Policy {
  /** Changes within so long after the first come as one message; 0 for at once. */
  readonly digestMs: number
  /** Never more messages than this within any such span. */
  readonly limit: { readonly most: number; readonly spanMs: number } | undefined
}

export const atOnce: Policy = { digestMs: 0, limit: undefined }

/** What of it outlives the process. */
interface OutboxState {
  /** When the newest messages were taken, oldest first. */
  readonly sent: ReadonlyArray<number>
  /** What waits, and since when. */
  readonly waiting?:
    | { readonly sinceMs: number; readonly changes: ReadonlyArray<Change>; readonly counts: Counts }
    | undefined
}

/** A process that begins again reads what is there before it tells what is overdue. */
const catchUpMs = 2_000

/** Events of one window are written together, and come within moments of each other: they are one message. */
export const gatherMs = 250

/**
 * Changes that wait to be told, and until when. Pure: every time is an argument.
 *
 * The limit is a strict one, by the times of the messages themselves: a bucket of tokens would let twice as many through in the first span.
 * A clock that is set back must not silence it for longer than the policy could: what is due later than that is due then.
 */
export class Outbox {
  readonly #policy: Policy
  #sent: ReadonlyArray<number>
  #gathering: Gathering
  #sinceMs: number | undefined
  #notBeforeMs = Number.NEGATIVE_INFINITY

  constructor(policy: Policy, state: OutboxState, nowMs: number) {
    this.#policy = policy
    this.#sent = policy.limit === undefined ? [] : state.sent.slice(-policy.limit.most).map((ms) => Math.min(ms, nowMs))
    this.#gathering = new Gathering(state.waiting?.changes, state.waiting?.counts)
    if (state.waiting === undefined) return
    this.#sinceMs = Math.min(state.waiting.sinceMs, nowMs)
    this.#notBeforeMs = nowMs + catchUpMs
  }

  /** Whether anything waits. */
  get waits(): boolean {
    return this.#gathering.size > 0
  }

  /** Changes that wait. */
  get changes(): number {
    return this.#gathering.size
  }

  get sent(): ReadonlyArray<number> {
    return this.#sent
  }

  /** Since when anything waits. */
  get sinceMs(): number | undefined {
    return this.#sinceMs
  }

  /** Takes changes. */
  take(changes: ReadonlyArray<Change>, nowMs: number): void {
    if (changes.length === 0) return
    this.#sinceMs ??= nowMs
    this.#gathering.add(changes)
  }

  /** How long what waits has to wait yet; 0 when it is due. */
  waitMs(nowMs: number): number {
    const { digestMs, limit } = this.#policy
    const dueMs = Math.max((this.#sinceMs ?? nowMs) + Math.max(digestMs, gatherMs), this.#slotMs(), this.#notBeforeMs)
    return Math.min(Math.max(0, dueMs - nowMs), Math.max(digestMs, limit?.spanMs ?? 0, catchUpMs))
  }

  /** All that waits, as one batch, which says whether it was held back. */
  batch(): Batch {
    const since = this.#sinceMs
    if (since === undefined) return this.#gathering.batch(undefined, undefined)
    const { digestMs } = this.#policy
    const isLimited = this.#slotMs() > since + Math.max(digestMs, gatherMs)
    if (!isLimited && digestMs === 0) return this.#gathering.batch(undefined, undefined)
    return this.#gathering.batch(since, isLimited ? "limit" : "digest")
  }

  /** What waited has been told. */
  told(nowMs: number): void {
    const { limit } = this.#policy
    if (limit !== undefined) this.#sent = [...this.#sent, nowMs].slice(-limit.most)
    this.#gathering = new Gathering()
    this.#sinceMs = undefined
    this.#notBeforeMs = Number.NEGATIVE_INFINITY
  }

  /** From when on the limit lets another message through. */
  #slotMs(): number {
    const { limit } = this.#policy
    if (limit === undefined || this.#sent.length < limit.most) return Number.NEGATIVE_INFINITY
    return this.#sent[this.#sent.length - limit.most]! + limit.spanMs
  }
}
