import { type IncidentEvent, parseRfc3339 } from "@chaussettes/domain"

/** What people said of an incident, as short as it stands beside it. Names are left out for viewers who may not see them. */
export interface Marks {
  /** Somebody takes care of it. */
  readonly acknowledged: { readonly atMs: number; readonly by?: string } | null
  /** Nobody is told of it for so long. */
  readonly quiet: {
    readonly type: "silence" | "maintenance"
    readonly untilMs: number
    readonly by?: string
  } | null
}

/** An incident as people look at it: its newest event, and whether it goes on. */
export interface IncidentView {
  readonly id: string
  readonly event: IncidentEvent
  readonly openedMs: number
  /** Null while it is open. */
  readonly closedMs: number | null
  readonly isOpen: boolean
  /** Absent where nobody said anything of it, or where what was said is not known here. */
  readonly marks?: Marks
}

export const incidentViewOf = (event: IncidentEvent): IncidentView => ({
  id: event.id,
  event,
  openedMs: parseRfc3339(event.opened_at)!,
  closedMs: event.closed_at === undefined ? null : parseRfc3339(event.closed_at)!,
  isOpen: event.type !== "closed"
})

/** The newest of each incident, of events in the order of INCIDENTS. */
export const incidentViewsOf = (events: Iterable<IncidentEvent>): ReadonlyArray<IncidentView> => {
  const newest = new Map<string, IncidentEvent>()
  for (const event of events) newest.set(event.id, event)
  return Array.from(newest.values(), incidentViewOf)
}

/** A key may be a URL of many kilobytes; nobody reads more of it than this, and a part of it still finds it. */
const mostKeyLength = 500
/** A message names a key. */
const mostMessageLength = 1_000

const cut = (key: string): string => key.slice(0, mostKeyLength)

/** An event with long keys cut: what is held of thousands, and told to many every few seconds, stays small. */
export const briefEvent = (event: IncidentEvent): IncidentEvent => ({
  ...event,
  message: event.message.slice(0, mostMessageLength),
  cause: {
    ...event.cause,
    key: event.cause.key === null ? null : cut(event.cause.key),
    keys: event.cause.keys.map(cut)
  }
})
