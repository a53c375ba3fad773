import type { Unreadable } from "@chaussettes/jetstream"
import { Effect } from "effect"

/** So many of a stream are counted. */
const mostCounted = 1_000

/**
 * Messages in WINDOWS and ALERTS that no detector has written, counted to be told together. They decide nothing: a window of which they might speak
 * is decided from LOGS.
 */
export class ForeignMessages {
  readonly #first = new Map<string, Unreadable>()
  readonly #seqs = new Map<string, Set<number>>()

  readonly take = (stranger: Unreadable): Effect.Effect<void> =>
    Effect.sync(() => {
      const { stream, seq } = stranger
      const seqs = this.#seqs.get(stream) ?? new Set()
      if (seqs.size < mostCounted) this.#seqs.set(stream, seqs.add(seq))
      const first = this.#first.get(stream)
      if (first === undefined || seq < first.seq) this.#first.set(stream, stranger)
    })

  notices(): ReadonlyArray<string> {
    return [...this.#first.values()].map(({ stream, seq, why }) => {
      const count = this.#seqs.get(stream)!.size
      const what = count === 1 ? "a message" : `${count}${count === mostCounted ? " or more" : ""} messages`
      const where = count === 1 ? `sequence ${seq}` : `the first at sequence ${seq}`
      return `${stream} holds ${what} that no detector has written (${where}: ${why}): ignored. Check which users may publish there.`
    })
  }
}
