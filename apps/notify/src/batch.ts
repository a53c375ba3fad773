import { keyToken } from "@chaussettes/domain"
import type { Change, ChangeState } from "./tracker.ts"

export type Counts = { readonly [state in ChangeState]: number }

/** What a receiver is told at once: the changes of one window, or of all windows while it was not to be told. */
export interface Batch {
  /** In the order in which they happened; of several windows with more than `mostKept`, the worst of them. */
  readonly changes: ReadonlyArray<Change>
  /** All of them, those that were not kept included. */
  readonly counts: Counts
  /** When the first was held back, ms since the epoch; undefined where none was. */
  readonly heldSinceMs: number | undefined
  /** Why they were held back: to come as one message, or because the receiver had had as many as it may. */
  readonly heldFor: "digest" | "limit" | undefined
}

/** Changes of a batch of several windows that are kept in full; the others are counted. One window is kept whole: the tracker bounds it. */
export const mostKept = 1_000

/** The same change has the same key and the same body, however often it is sent. */
export const idempotencyKey = ({ state, incident }: Change): string => `${incident.id}.${state}`

/** A repetition of the same batch has the same identity. */
export const batchKey = ({ changes }: Batch): string =>
  changes.length === 1
    ? idempotencyKey(changes[0]!)
    : `digest.${keyToken(changes.map((change) => idempotencyKey(change)).join(" "))}`

/** The worse one first: high before medium, what goes on before what is over, then by failed requests. */
export const worseFirst = (a: Change, b: Change): number =>
  Number(b.incident.severity === "HIGH") - Number(a.incident.severity === "HIGH") ||
  Number(a.state === "closed") - Number(b.state === "closed") ||
  b.incident.errors - a.incident.errors

/** The newest change of each incident of a batch, the worst first. */
export const newestByIncident = ({ changes }: Batch): ReadonlyArray<Change> =>
  [...new Map(changes.map((change) => [change.incident.id, change])).values()].sort(worseFirst)

/** What happened in one window, told at once. */
export const oneWindow = (changes: ReadonlyArray<Change>): Batch => {
  const gathering = new Gathering()
  gathering.add(changes)
  return gathering.batch(undefined, undefined)
}

/** Collects changes; what it holds is bounded, however many come. */
export class Gathering {
  #changes: ReadonlyArray<Change> = []
  #windows = 0
  readonly #counts = { opened: 0, escalated: 0, closed: 0 }

  add(changes: ReadonlyArray<Change>): void {
    for (const change of changes) this.#counts[change.state]++
    this.#changes = this.#windows++ === 0 ? changes : [...this.#changes, ...changes]
    // Sorted only when twice as many have come, so that each costs little.
    if (this.#windows > 1 && this.#changes.length > 2 * mostKept) this.#changes = worstOf(this.#changes)
  }

  get size(): number {
    return this.#counts.opened + this.#counts.escalated + this.#counts.closed
  }

  batch(heldSinceMs: number | undefined, heldFor: Batch["heldFor"]): Batch {
    const changes = this.#windows > 1 && this.#changes.length > mostKept ? worstOf(this.#changes) : this.#changes
    return { changes, counts: { ...this.#counts }, heldSinceMs, heldFor }
  }
}

/** The worst ones, still in their order. */
const worstOf = (changes: ReadonlyArray<Change>): ReadonlyArray<Change> => {
  const kept = new Set([...changes].sort(worseFirst).slice(0, mostKept))
  return changes.filter((change) => kept.has(change))
}
