import { type Acts, type ActsOfIncident, parseRfc3339 } from "@chaussettes/domain"
import type { IncidentView } from "./incident-view.ts"

/** Whether names may be shown: notes are for colleagues, and name people. */
export type Names = "named" | "unnamed"

/** After this long without a window a log is history: what was wrong then is no longer said of now. */
export const historyMs = 900_000

/** The moment at which incidents that go on are looked at: now, or the end of a log that is history. */
export const lookedAtMs = (decidedMs: number | undefined, nowMs: number): number =>
  decidedMs !== undefined && nowMs - decidedMs > historyMs ? decidedMs : nowMs

/**
 * What people said of an incident. What is over is seen as it was when it ended; what goes on, as anything that was told of it now would be:
 * a silence shows from the moment that somebody declares it, and no longer than it lasts.
 */
export const saidOf = ({ event, isOpen }: IncidentView, acts: Acts, atMs: number): ActsOfIncident => {
  const toldMs = parseRfc3339(event.timestamp)!
  return acts.ofIncident(event, isOpen ? Math.max(toldMs, atMs) : toldMs)
}

/** The incident with that. */
export const markedView = (view: IncidentView, acts: Acts, atMs: number, names: Names): IncidentView => {
  const { acknowledged, silenced } = saidOf(view, acts, atMs)
  if (acknowledged === undefined && silenced === undefined) return view
  const byOf = ({ by }: { readonly by: string }) => (names === "named" ? { by } : {})
  return {
    ...view,
    marks: {
      acknowledged: acknowledged === undefined ? null : { atMs: parseRfc3339(acknowledged.at)!, ...byOf(acknowledged) },
      quiet:
        silenced === undefined
          ? null
          : {
              type: silenced.type === "maintenance" ? "maintenance" : "silence",
              untilMs: parseRfc3339(silenced.until!)!,
              ...byOf(silenced)
            }
    }
  }
}

export const isQuiet = ({ marks }: IncidentView): boolean => marks !== undefined && marks.quiet !== null
export const isAcknowledged = ({ marks }: IncidentView): boolean => marks !== undefined && marks.acknowledged !== null
