import type { History } from "../history/history.ts"
import type { WindowPoint } from "../history/summary.ts"
import { encodeEvent } from "./hub.ts"
import type { IncidentTail } from "./incident-tail.ts"
import type { Newest } from "./newest.ts"

/** Missed events that are sent again; a viewer that missed more is told to load anew. */
const maxBacklog = 1_000

const kindsOf = ({ clientErrors, serverErrors }: WindowPoint) =>
  clientErrors === undefined || serverErrors === undefined ? {} : { clientErrors, serverErrors }

/** A window as an event tells it; and, where it was known before, what it was then. */
export const compact = (p: WindowPoint, before?: WindowPoint) => ({
  seq: p.seq,
  startMs: p.startMs,
  endMs: p.endMs,
  total: p.total,
  errors: p.errors,
  ...kindsOf(p),
  seuil: Number.isNaN(p.threshold) ? null : p.threshold,
  breaches: p.breaches,
  unused: p.unused,
  ...(before === undefined
    ? {}
    : {
        before: {
          total: before.total,
          errors: before.errors,
          ...kindsOf(before),
          breaches: before.breaches,
          unused: before.unused
        }
      })
})

/** The events that a viewer at this position has missed; none for a viewer that comes for the first time. */
export const missed = (
  known: {
    readonly history: History
    readonly tail: Newest
    readonly incidents: IncidentTail
    readonly position: () => string
  },
  from: string | undefined
): ReadonlyArray<Uint8Array> => {
  const m = /^(\d{1,15})\.(\d{1,15})(?:\.(\d{1,15}))?$/.exec(from ?? "")
  if (m === null) return []
  const { history, tail, incidents, position } = known
  // A position of two numbers is that of a viewer who knows nothing of incidents.
  const [windowSeq, alertSeq, incidentSeq] = [Number(m[1]), Number(m[2]), Number(m[3] ?? incidents.lastSeq)]
  if (windowSeq > history.lastSeq || alertSeq > tail.lastAlertSeq || incidentSeq > incidents.lastSeq) {
    return [encodeEvent("reset", { why: "a stream was made anew" })]
  }
  const alerts = tail.alerts.filter((a) => a.seq > alertSeq)
  const told = incidents.events.filter((e) => e.seq > incidentSeq)
  const isHeld =
    (alerts.length === 0 || alerts[0]!.seq === alertSeq + 1) && (told.length === 0 || told[0]!.seq === incidentSeq + 1)
  const isFew = history.lastSeq - windowSeq <= maxBacklog && alerts.length <= maxBacklog && told.length <= maxBacklog
  if (!isHeld || !isFew) {
    return [encodeEvent("reset", { why: "too much was missed" }, position())]
  }
  const windows: Array<Uint8Array> = []
  history.forEachAfter(windowSeq, (chunk, i) => {
    windows.push(encodeEvent("window", compact(chunk.point(i))))
  })
  return [
    ...windows,
    ...alerts.map(({ seq, alert }) => encodeEvent("alert", { seq, alert }, position())),
    ...told.map((stored) => encodeEvent("incident", stored, position()))
  ]
}
