import { type Acts, rfc3339, visibleJson, visibleText } from "@chaussettes/domain"
import { wordsOf } from "@chaussettes/presentation"
import { environmentLanguage, localTime, painter } from "@chaussettes/presentation/terminal"
import { type IncidentView, markedView, saidOf } from "@chaussettes/readmodel"
import { formatSpan } from "@chaussettes/service"
import { actsFields, actsMarks } from "../acts/marks.ts"

/** An incident for a program: its newest event, and whether it goes on. */
export const decidedObject = ({ event, isOpen }: IncidentView) => ({ open: isOpen, ...event })

export const decidedJson = (
  decidedMs: number | undefined,
  incidents: ReadonlyArray<IncidentView>,
  acts: Acts,
  atMs: number
): string =>
  visibleJson(
    JSON.stringify({
      schema: "chaussettes.incidents.v2",
      decided_to: decidedMs === undefined ? null : rfc3339(decidedMs),
      incidents: incidents.map((incident) => ({
        ...decidedObject(incident),
        ...actsFields(saidOf(incident, acts, atMs))
      }))
    })
  )

/** One incident as one line: whether it goes on, since when and how long, how bad, what it is by its cause, and its id. */
export const decidedLine = (incident: IncidentView, decidedMs: number, acts: Acts, atMs: number): string => {
  const { event, openedMs, closedMs, isOpen } = incident
  const paint = painter(process.stdout.isTTY)
  const w = wordsOf(environmentLanguage())
  const width = Math.max(w.alerts.open.length, w.alerts.closed.length)
  return [
    isOpen ? paint("red", w.alerts.open.padEnd(width)) : w.alerts.closed.padEnd(width),
    localTime(openedMs),
    formatSpan(Math.max(0, (closedMs ?? decidedMs) - openedMs)),
    paint(event.severity === "HIGH" ? "red" : "yellow", event.severity),
    paint("bold", visibleText(event.message)),
    ...actsMarks(markedView(incident, acts, atMs, "named"), saidOf(incident, acts, atMs).notes.length).map((mark) =>
      paint("green", mark)
    ),
    paint("dim", event.id)
  ].join("  ")
}
