import type { IncidentEvent } from "../incidents/event.ts"
import type { ActMatch } from "./act.ts"
import { isWithin, rangeOf } from "./range.ts"

type Matched = Pick<IncidentEvent, "kind" | "dimension" | "cause">

/**
 * Whether a silence is about an incident as one of its events tells it. Where several keys are the cause, each of them has to be matched, and where
 * an event does not name them all it is not silenced: a silence never hides more than it says.
 */
export const matches = ({ kind, dimension, key }: ActMatch, event: Matched): boolean => {
  if (kind !== undefined && kind !== event.kind) return false
  if (dimension !== undefined && dimension !== event.dimension) return false
  if (key === undefined) return true
  const { keys, key_count } = event.cause
  if (keys.length === 0 || keys.length < key_count) return false
  return keys.every((each) => isKeyOf(key, each, event.dimension))
}

const isKeyOf = (key: string, of: string, dimension: IncidentEvent["dimension"]): boolean => {
  if (key === of) return true
  if (dimension !== "ip" && dimension !== "network") return false
  const [outer, inner] = [rangeOf(key), rangeOf(of)]
  return outer !== undefined && inner !== undefined && isWithin(inner, outer)
}
