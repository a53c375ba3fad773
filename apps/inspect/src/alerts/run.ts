import { type Alert, parseRfc3339, type Severity, visibleJson } from "@chaussettes/domain"
import { Alerts, alertsOfSpan } from "@chaussettes/jetstream"
import { alertLine, environmentLanguage, painter } from "@chaussettes/presentation/terminal"
import { matchesAlert } from "@chaussettes/readmodel"
import { toUserFailure, type UserFailure } from "@chaussettes/service"
import { Clock, Effect, Option, Stream } from "effect"
import { lookPorts } from "../ports.ts"
import type { AlertsInput } from "./flags.ts"

type Filter = Pick<AlertsInput, "dimension" | "severity" | "key">

export const matches = (alert: Alert, { dimension, severity, key }: Filter): boolean =>
  matchesAlert(alert, {
    dimension: Option.getOrUndefined(dimension),
    severity: Option.getOrUndefined(Option.map(severity, (name) => name.toUpperCase() as Severity)),
    key: Option.getOrUndefined(key)
  })

/** How far back a look for the last matching ones goes. */
const maxLookBack = 20_000

export const alerts = (input: AlertsInput): Effect.Effect<void, UserFailure> => {
  const paint = painter(process.stdout.isTTY)
  const language = environmentLanguage()
  const print = (alert: Alert): void => {
    process.stdout.write(`${input.json ? visibleJson(JSON.stringify(alert)) : alertLine(alert, language, paint)}\n`)
  }
  return Effect.gen(function* () {
    const log = yield* Alerts
    const { firstSeq, lastSeq } = yield* log.bounds
    const nowMs = yield* Clock.currentTimeMillis
    const fromMs = Option.match(input.sinceMs, { onNone: () => Number.NEGATIVE_INFINITY, onSome: (ms) => nowMs - ms })
    const from = Option.isNone(input.sinceMs)
      ? Math.max(firstSeq, lastSeq - maxLookBack + 1)
      : (yield* alertsOfSpan(log, fromMs)).first
    const most = Option.isSome(input.sinceMs) ? Number.POSITIVE_INFINITY : input.last
    const newest: Array<Alert> = []
    if (from <= lastSeq) {
      yield* Stream.runForEach(log.read(from), ({ alert }) =>
        Effect.sync(() => {
          if (parseRfc3339(alert.window.start)! < fromMs || !matches(alert, input)) return
          newest.push(alert)
          if (newest.length > most) newest.shift()
        })
      )
    }
    for (const alert of newest) print(alert)
    if (!input.follow) return
    yield* Stream.runForEach(log.follow(Math.max(from, lastSeq + 1)), ({ alert }) =>
      Effect.sync(() => {
        if (matches(alert, input)) print(alert)
      })
    )
  }).pipe(Effect.provide(lookPorts(input.nats, "alerts")), Effect.mapError(toUserFailure))
}
