import {
  type Alert,
  type Dimension,
  dimensionOf,
  keyOf,
  parseRfc3339,
  type Severity,
  visibleJson
} from "@chaussettes/domain"
import { AlertsLog, alertsOfSpan, readAlert, type StoredEntry } from "@chaussettes/jetstream"
import { type NatsFlagValues, toUserFailure, type UserFailure } from "@chaussettes/service"
import { type Language, percentText, visibleText, wordsOf } from "@chaussettes/view"
import { Clock, Effect, Option, Result, Stream } from "effect"
import { lookPorts } from "./ports.ts"
import { environmentLanguage, localTime, type Paint, painter } from "./terminal.ts"

export interface AlertsInput {
  readonly nats: NatsFlagValues
  readonly follow: boolean
  readonly dimension: Option.Option<Dimension>
  readonly severity: Option.Option<Lowercase<Severity>>
  readonly key: Option.Option<string>
  readonly sinceMs: Option.Option<number>
  readonly last: number
  readonly json: boolean
}

type Filter = Pick<AlertsInput, "dimension" | "severity" | "key">

const is = <A>(wanted: Option.Option<A>, test: (value: A) => boolean): boolean =>
  Option.isNone(wanted) || test(wanted.value)

export const matches = (alert: Alert, filter: Filter): boolean =>
  is(filter.dimension, (d) => dimensionOf(alert.type) === d) &&
  is(filter.severity, (s) => alert.severity.toLowerCase() === s) &&
  is(filter.key, (k) => (keyOf(alert) ?? "").includes(k))

/** An alert as one line: when, how bad, who or what, how much, and its id for `explain`. */
export const alertLine = (alert: Alert, language: Language, paint: Paint): string => {
  const w = wordsOf(language)
  const dimension = dimensionOf(alert.type)
  const key = keyOf(alert)
  const severity = w.severities[alert.severity]
  const subject = key === undefined ? w.dimensionsMany.global : `${w.dimensions[dimension]} ${visibleText(key)}`
  const rate = percentText(language, alert.errors / alert.total_requests)
  return [
    localTime(Date.parse(alert.window.start)),
    paint(alert.severity === "HIGH" ? "red" : "yellow", severity),
    paint("bold", subject),
    `${w.alerts.requestsOf(alert.errors, alert.total_requests)} (${rate})`,
    paint("dim", alert.id)
  ].join("  ")
}

/** How far back a look for the last matching ones goes. */
const maxLookBack = 20_000

const alertIn = (entry: StoredEntry): Alert | undefined => Result.getOrUndefined(readAlert(entry))

export const alerts = (input: AlertsInput): Effect.Effect<void, UserFailure> => {
  const paint = painter(process.stdout.isTTY)
  const language = environmentLanguage()
  const print = (alert: Alert): void => {
    process.stdout.write(`${input.json ? visibleJson(JSON.stringify(alert)) : alertLine(alert, language, paint)}\n`)
  }
  return Effect.gen(function* () {
    const log = yield* AlertsLog
    const { firstSeq, lastSeq } = yield* log.bounds
    const nowMs = yield* Clock.currentTimeMillis
    const fromMs = Option.match(input.sinceMs, { onNone: () => Number.NEGATIVE_INFINITY, onSome: (ms) => nowMs - ms })
    const from = Option.isNone(input.sinceMs)
      ? Math.max(firstSeq, lastSeq - maxLookBack + 1)
      : (yield* alertsOfSpan(log, fromMs)).first
    const most = Option.isSome(input.sinceMs) ? Number.POSITIVE_INFINITY : input.last
    const newest: Array<Alert> = []
    if (from <= lastSeq) {
      yield* Stream.runForEach(log.readFrom(from), (entry) =>
        Effect.sync(() => {
          const alert = alertIn(entry)
          if (alert === undefined || parseRfc3339(alert.window.start)! < fromMs || !matches(alert, input)) return
          newest.push(alert)
          if (newest.length > most) newest.shift()
        })
      )
    }
    for (const alert of newest) print(alert)
    if (!input.follow) return
    yield* Stream.runForEach(log.follow(Math.max(from, lastSeq + 1)), (entry) =>
      Effect.sync(() => {
        const alert = alertIn(entry)
        if (alert !== undefined && matches(alert, input)) print(alert)
      })
    )
  }).pipe(Effect.provide(lookPorts(input.nats, "alerts")), Effect.mapError(toUserFailure))
}
