import { Alerts } from "@chaussettes/jetstream"
import { alertMessageLine, painter } from "@chaussettes/presentation/terminal"
import { Effect, Stream } from "effect"

/** Prints each new alert as it comes, and once, behind the first one, how to look closer. Never ends. */
export const followAlerts = (options: {
  readonly closer: (id: string) => string
  readonly print: (line: string) => void
  readonly colors: boolean
}) =>
  Effect.gen(function* () {
    const alerts = yield* Alerts
    const paint = painter(options.colors)
    let told = false
    const fromSeq = (yield* alerts.lastSeq) + 1
    yield* alerts.follow(fromSeq).pipe(
      Stream.runForEach(({ alert }) =>
        Effect.sync(() => {
          options.print(alertMessageLine(alert, paint))
          if (!told) options.print(options.closer(alert.id))
          told = true
        })
      ),
      // The parts refuse it themselves, and go on with what they can.
      Effect.catchTag("Unreadable", ({ message }) => Effect.andThen(Effect.logError(message), Effect.never))
    )
  })
