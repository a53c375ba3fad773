import { type IncidentEvent, parseRfc3339, parseWindowName } from "@chaussettes/domain"
import { Incidents, type StoreError, type Unreadable } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"

/** How long after the window in its id an incident is told first, at most: evidence may take hours. */
const toldWithinMs = 2 * 86_400_000

/** `server-errors.url.20261128T101500Z-10s.0011…` names the window in which it began. */
export const incidentBeginOf = (id: string): number | undefined => {
  const [, name] = /\.(\d{8}T\d{6}(?:\.\d{3})?Z-\d+m?s)(?:\.|$)/.exec(id) ?? []
  return name === undefined ? undefined : parseWindowName(name)?.startMs
}

/** The first event of an incident, found by its id; undefined where INCIDENTS holds none. */
export const firstEventOf = Effect.fn("firstEventOf")(function* (
  id: string
): Effect.fn.Return<IncidentEvent | undefined, StoreError | Unreadable, Incidents> {
  const beginMs = incidentBeginOf(id)
  if (beginMs === undefined) return undefined
  const incidents = yield* Incidents
  const first = yield* incidents.firstFrom(beginMs)
  if (first === undefined) return undefined
  const found = yield* incidents.read(first.seq).pipe(
    Stream.takeWhile(({ event }) => parseRfc3339(event.timestamp)! <= beginMs + toldWithinMs),
    Stream.filter(({ event }) => event.id === id),
    Stream.runHead
  )
  return found._tag === "Some" ? found.value.event : undefined
})
