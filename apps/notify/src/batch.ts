import { keyToken } from "@chaussettes/domain"
import { type Change, type ChangeState, changeStates, idempotencyKey, worseFirst } from "./change.ts"

export type Counts = { readonly [state in ChangeState]: number }

/** What a receiver is told at once: the changes of one window, or of all windows while it was not to be told. */
export interface Batch {
  /** In the order in which they happened; of more than `mostKept`, the worst of them. */
  readonly changes: ReadonlyArray<Change>
  /** All of them, those that were not kept included. */
  readonly counts: Counts
  /** When the first was held back, ms since the epoch; undefined where none was. */
  readonly heldSinceMs: number | undefined
  /** Why they were held back: to come as one message, or because the receiver had had as many as it may. */
  readonly heldFor: "digest" | "limit" | undefined
}

/** Changes of a batch that are kept in full; the others are counted. A position names each of them and has to fit into its bucket. */
export const mostKept = 300

/** A repetition of the same batch has the same identity. */
export const batchKey = ({ changes }: Batch): string =>
  changes.length === 1
    ? idempotencyKey(changes[0]!)
    : `digest.${keyToken(changes.map((change) => idempotencyKey(change)).join(" "))}`

/** The newest change of each incident of a batch, the worst first. */
export const newestByIncident = ({ changes }: Batch): ReadonlyArray<Change> =>
  [...new Map(changes.map((change) => [change.event.id, change])).values()].sort(worseFirst)

export const countsOf = (of: (state: ChangeState) => number): Counts =>
  Object.fromEntries(changeStates.map((state) => [state, of(state)])) as Counts

export const sumOf = (counts: Counts): number => changeStates.reduce((sum, state) => sum + counts[state], 0)

/** Changes that are told in the moment in which they come. */
export const atOnceBatch = (changes: ReadonlyArray<Change>): Batch => {
  const gathering = new Gathering()
  gathering.add(changes)
  return gathering.batch(undefined, undefined)
}

/** Collects changes; what it holds is bounded, however many come. */
export class Gathering {
  #changes: ReadonlyArray<Change>
  #counts: Counts

  /** @param counts those of all changes, where not all were kept */
  constructor(changes: ReadonlyArray<Change> = [], counts: Counts = countsIn(changes)) {
    this.#changes = changes
    this.#counts = counts
  }

  add(changes: ReadonlyArray<Change>): void {
    const more = countsIn(changes)
    this.#counts = countsOf((state) => this.#counts[state] + more[state])
    this.#changes = [...this.#changes, ...changes]
    // Sorted only when twice as many have come, so that each costs little.
    if (this.#changes.length > 2 * mostKept) this.#changes = worstOf(this.#changes)
  }

  get size(): number {
    return sumOf(this.#counts)
  }

  batch(heldSinceMs: number | undefined, heldFor: Batch["heldFor"]): Batch {
    const changes = this.#changes.length > mostKept ? worstOf(this.#changes) : this.#changes
    return { changes, counts: this.#counts, heldSinceMs, heldFor }
  }
}

const countsIn = (changes: ReadonlyArray<Change>): Counts => {
  const counts = { ...countsOf(() => 0) }
  for (const { state } of changes) counts[state]++
  return counts
}

/** The worst ones, still in their order. */
const worstOf = (changes: ReadonlyArray<Change>): ReadonlyArray<Change> => {
  const kept = new Set([...changes].sort(worseFirst).slice(0, mostKept))
  return changes.filter((change) => kept.has(change))
}
