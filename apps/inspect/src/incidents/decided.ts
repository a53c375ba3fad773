import {
  type Acts,
  type IncidentEvent,
  orderOf,
  parseRfc3339,
  rfc3339,
  visibleJson,
  visibleText
} from "@chaussettes/domain"
import { Incidents, Windows } from "@chaussettes/jetstream"
import { wordsOf } from "@chaussettes/presentation"
import { environmentLanguage, localTime, painter } from "@chaussettes/presentation/terminal"
import { formatSpan } from "@chaussettes/service"
import { Effect, Stream } from "effect"
import { actsFields, actsMarks } from "../acts/marks.ts"

/** An incident is accepted as normal after a day, so one that goes on has said something since. */
const lookBackMs = 2 * 86_400_000

/** The last event of each incident that was open at any time of this span before the newest decided window; open ones first, then the newest. */
export const readDecided = Effect.fn("readDecided")(function* (spanMs: number) {
  const newest = yield* (yield* Windows).latest
  const found = new Map<string, IncidentEvent>()
  if (newest === undefined) return { decidedMs: undefined, events: [] as ReadonlyArray<IncidentEvent> }
  const decidedMs = orderOf(newest.record).endMs
  const sinceMs = decidedMs - spanMs
  const incidents = yield* Incidents
  const first = yield* incidents.firstFrom(sinceMs - lookBackMs)
  if (first !== undefined) {
    yield* Stream.runForEach(incidents.read(first.seq), ({ event }) =>
      Effect.sync(() => {
        if (event.type === "closed" && parseRfc3339(event.timestamp)! <= sinceMs) found.delete(event.id)
        else found.set(event.id, event)
      })
    )
  }
  const events = [...found.values()].sort(
    (a, b) => Number(isOpen(b)) - Number(isOpen(a)) || b.opened_at.localeCompare(a.opened_at)
  )
  return { decidedMs: decidedMs as number | undefined, events: events as ReadonlyArray<IncidentEvent> }
})

export const isOpen = ({ type }: IncidentEvent): boolean => type !== "closed"

export const decidedJson = (decidedMs: number | undefined, events: ReadonlyArray<IncidentEvent>, acts: Acts): string =>
  visibleJson(
    JSON.stringify({
      schema: "chaussettes.incidents.v2",
      decided_to: decidedMs === undefined ? null : rfc3339(decidedMs),
      incidents: events.map((event) => ({ open: isOpen(event), ...event, ...actsFields(acts.ofIncident(event)) }))
    })
  )

/** One incident as one line: whether it goes on, since when and how long, how bad, what it is by its cause, and its id. */
export const decidedLine = (event: IncidentEvent, decidedMs: number, acts: Acts): string => {
  const paint = painter(process.stdout.isTTY)
  const w = wordsOf(environmentLanguage())
  const width = Math.max(w.alerts.open.length, w.alerts.closed.length)
  const openedMs = parseRfc3339(event.opened_at)!
  const endMs = event.closed_at === undefined ? decidedMs : parseRfc3339(event.closed_at)!
  return [
    isOpen(event) ? paint("red", w.alerts.open.padEnd(width)) : w.alerts.closed.padEnd(width),
    localTime(openedMs),
    formatSpan(Math.max(0, endMs - openedMs)),
    paint(event.severity === "HIGH" ? "red" : "yellow", event.severity),
    paint("bold", visibleText(event.message)),
    ...actsMarks(acts.ofIncident(event)).map((mark) => paint("green", mark)),
    paint("dim", event.id)
  ].join("  ")
}
