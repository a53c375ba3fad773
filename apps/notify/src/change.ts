import type { IncidentEvent, IncidentSeverity } from "@chaussettes/domain"

/** What a receiver is told of an incident. The detector decides what happened to it; whether that is told depends on acts and on what was told before. */
export const changeStates = ["opened", "grew", "changed-cause", "acknowledged", "closed"] as const
export type ChangeState = (typeof changeStates)[number]

/** Who acknowledged an incident, and when. */
export interface Acknowledgement {
  readonly id: string
  readonly by: string
  readonly at: string
}

export interface Change {
  readonly state: ChangeState
  /** The event's sequence in INCIDENTS; 0 for what was told before incidents were events. */
  readonly seq: number
  /** The incident as it stands now: that of the newest event, which need not be of the change's own type. */
  readonly event: IncidentEvent
  /** How bad it is to this receiver: the worst that it was told. */
  readonly severity: IncidentSeverity
  /** How bad it was until it `grew`. */
  readonly before?: IncidentSeverity
  readonly acknowledged?: Acknowledgement
}

const ranks: { readonly [severity in IncidentSeverity]: number } = { LOW: 0, MEDIUM: 1, HIGH: 2 }
export const isWorse = (a: IncidentSeverity, b: IncidentSeverity): boolean => ranks[a] > ranks[b]

/** `2026-01-05T10:00:10Z` as `20260105T100010Z`, as it stands in ids. */
const compact = (time: string): string => time.replaceAll(/[-:]/g, "")

/** The same change has the same key and the same body, however often it is sent. */
export const idempotencyKey = ({ state, event, acknowledged }: Change): string => {
  switch (state) {
    case "opened":
    case "closed":
      return `${event.id}.${state}`
    case "acknowledged":
      return `${event.id}.${state}.${acknowledged!.id}`
    default:
      return `${event.id}.${state}.${compact(event.timestamp)}`
  }
}

/** The worse one first, then what goes on before what is over, then by failed requests. */
export const worseFirst = (a: Change, b: Change): number =>
  ranks[b.severity] - ranks[a.severity] ||
  Number(a.state === "closed") - Number(b.state === "closed") ||
  b.event.errors - a.event.errors
