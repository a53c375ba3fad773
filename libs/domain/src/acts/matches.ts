import type { IncidentEvent } from "../incidents/event.ts"
import type { ActMatch } from "./act.ts"
import { isWithin, type Range, rangeOf } from "./range.ts"

/** A match whose key was read once, for it is asked about many incidents. */
export interface ReadMatch extends ActMatch {
  readonly range: Range | undefined
}

export const readMatch = (match: ActMatch): ReadMatch => ({
  ...match,
  range: match.key === undefined ? undefined : rangeOf(match.key)
})

/** An incident as one of its events tells it, asked about many silences: its addresses are read once, too. */
export class Matched {
  readonly #event: Pick<IncidentEvent, "kind" | "dimension" | "cause">
  #ranges: ReadonlyArray<Range | undefined> | undefined

  constructor(event: Pick<IncidentEvent, "kind" | "dimension" | "cause">) {
    this.#event = event
  }

  /**
   * Whether a silence is about it. Where several keys are the cause, each of them has to be matched, and where the event does not name them all it is not
   * silenced: a silence never hides more than it says.
   */
  isBy({ kind, dimension, key, range }: ReadMatch): boolean {
    const event = this.#event
    if (kind !== undefined && kind !== event.kind) return false
    if (dimension !== undefined && dimension !== event.dimension) return false
    if (key === undefined) return true
    const { keys, key_count } = event.cause
    if (keys.length === 0 || keys.length < key_count) return false
    if (range === undefined || (event.dimension !== "ip" && event.dimension !== "network"))
      return keys.every((each) => each === key)
    this.#ranges ??= keys.map(rangeOf)
    return this.#ranges.every((inner, i) => (inner === undefined ? keys[i] === key : isWithin(inner, range)))
  }
}
