import { type IncidentEvent, visibleText } from "@chaussettes/domain"
import { Incidents } from "@chaussettes/jetstream"
import { type Paint, painter } from "@chaussettes/presentation/terminal"
import { Effect, Stream } from "effect"

const words: { readonly [type in IncidentEvent["type"]]: string } = {
  opened: "INCIDENT",
  grew: "INCIDENT grew",
  "changed-cause": "INCIDENT has another cause",
  closed: "INCIDENT over"
}

/** An event as one line: when, what became of it, what it is by its cause, and its id. */
const incidentLine = ({ timestamp, type, severity, message, id }: IncidentEvent, paint: Paint): string =>
  [
    timestamp.replace("T", " ").replace("Z", ""),
    paint(type === "closed" ? "green" : severity === "HIGH" ? "red" : "yellow", `${words[type]} (${severity})`),
    visibleText(message),
    paint("dim", id)
  ].join("  ")

/** Prints what becomes of incidents as it is decided. Never ends. */
export const followIncidents = (options: { readonly print: (line: string) => void; readonly colors: boolean }) =>
  Effect.gen(function* () {
    const incidents = yield* Incidents
    const paint = painter(options.colors)
    yield* incidents.follow((yield* incidents.lastSeq) + 1).pipe(
      Stream.runForEach(({ event }) => Effect.sync(() => options.print(incidentLine(event, paint)))),
      // The parts refuse it themselves, and go on with what they can.
      Effect.catchTag("Unreadable", ({ message }) => Effect.andThen(Effect.logError(message), Effect.never))
    )
  })
