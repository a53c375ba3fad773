import { AlertsLog, readAlert } from "@chaussettes/jetstream"
import { alertMessageLine, painter } from "@chaussettes/presentation/terminal"
import { Effect, Result, Stream } from "effect"

/** Prints each new alert as it comes, and once, behind the first one, how to look closer. Never ends. */
export const followAlerts = (options: {
  readonly closer: (id: string) => string
  readonly print: (line: string) => void
  readonly colors: boolean
}) =>
  Effect.gen(function* () {
    const alerts = yield* AlertsLog
    const paint = painter(options.colors)
    let told = false
    const fromSeq = (yield* alerts.lastSeq) + 1
    yield* alerts.follow(fromSeq).pipe(
      Stream.runForEach((entry) => {
        const read = readAlert(entry)
        if (Result.isFailure(read))
          return Effect.logWarning(`The alert ${entry.seq} cannot be read: ${read.failure.why}`)
        return Effect.sync(() => {
          options.print(alertMessageLine(read.success, paint))
          if (!told) options.print(options.closer(read.success.id))
          told = true
        })
      })
    )
  })
