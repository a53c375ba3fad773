import { type Alert, declarationOf, dimensionOf, dimensions } from "@chaussettes/domain"
import { Alerts } from "@chaussettes/jetstream"
import { alertMessageLine, type Paint, painter } from "@chaussettes/presentation/terminal"
import { Effect, Stream } from "effect"

/** The alerts of a window come one after the other: so long after the first one they are taken for all. */
const TOGETHER = "300 millis"
const AT_MOST = 10_000

const windowsOf = (alerts: ReadonlyArray<Alert>): ReadonlyArray<ReadonlyArray<Alert>> => [
  ...Map.groupBy(alerts, ({ window }) => window.start).values()
]

/** A window's alerts in a line: the one that speaks of most requests, and how many others there are. */
export const windowAlertsLine = (alerts: ReadonlyArray<Alert>, paint: Paint): string => {
  const first = alerts.reduce((most, alert) => (alert.total_requests > most.total_requests ? alert : most))
  const others = Map.groupBy(
    alerts.filter((alert) => alert !== first),
    ({ type }) => dimensionOf(type)
  )
  if (others.size === 0) return alertMessageLine(first, paint)
  const counted = dimensions.flatMap((d) => {
    const of = others.get(d)
    return of === undefined ? [] : [`${of.length} by ${declarationOf(d).words.en.one}`]
  })
  return `${alertMessageLine(first, paint)}  and ${counted.join(", ")}`
}

/** Prints the alerts of each window as they come, and once, behind the first ones, how to look closer. Never ends. */
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
      Stream.map(({ alert }) => alert),
      Stream.groupedWithin(AT_MOST, TOGETHER),
      Stream.runForEach((some) =>
        Effect.sync(() => {
          for (const ofWindow of windowsOf(some)) options.print(windowAlertsLine(ofWindow, paint))
          if (!told) options.print(options.closer(some[0]!.id))
          told = true
        })
      ),
      // The parts refuse it themselves, and go on with what they can.
      Effect.catchTag("Unreadable", ({ message }) => Effect.andThen(Effect.logError(message), Effect.never))
    )
  })
