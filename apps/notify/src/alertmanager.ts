import { type IncidentEvent, type IncidentSeverity, keyToken, parseRfc3339, rfc3339 } from "@chaussettes/domain"
import { Clock, Effect } from "effect"
import type { Change } from "./change.ts"
import { atOnce } from "./outbox.ts"
import { type Address, post } from "./post.ts"
import type { Receiver } from "./receiver.ts"
import { descriptionOf, type Language, pageLinkOf, summaryOf, wordsOf } from "./words.ts"

/** An alert of Alertmanager's API v2. Its labels are its identity there. */
export interface PostedAlert {
  readonly labels: { readonly [name: string]: string }
  readonly annotations: { readonly [name: string]: string }
  readonly startsAt: string
  readonly endsAt: string
  readonly generatorURL?: string
}

/** Alertmanager takes an alert for over that it has not heard of for so many refreshes, as it does with Prometheus'. */
const refreshesMissed = 4

/** Alerts in one request. */
const alertsARequest = 100

/** What does not change while the incident lasts, except that it may become worse. Its cause may change, and so stands in the annotations. */
const labelsOf = ({ id, kind }: IncidentEvent, severity: IncidentSeverity): PostedAlert["labels"] => ({
  alertname: `INCIDENT_${kind.toUpperCase().replace("-", "_")}`,
  source: "chaussettes",
  kind,
  severity: severity.toLowerCase(),
  incident: id
})

interface Shape {
  readonly language: Language
  readonly pageUrl: string | undefined
  readonly refreshMs: number
  readonly nowMs: number
}

const alertOf = (change: Change, severity: IncidentSeverity, endMs: number, shape: Shape): PostedAlert => {
  const { acknowledged, event } = change
  const { language, pageUrl } = shape
  return {
    labels: labelsOf(event, severity),
    annotations: {
      summary: summaryOf(language, event),
      description: descriptionOf(language, change),
      dimension: event.cause.dimension,
      ...(event.cause.key === null ? {} : { cause: event.cause.key }),
      ...(acknowledged === undefined ? {} : { acknowledged_by: acknowledged.by })
    },
    // Windows may be of a clock a little ahead of ours, and what ends before it starts is refused.
    startsAt: rfc3339(Math.min(parseRfc3339(event.opened_at)!, endMs)),
    endsAt: rfc3339(endMs),
    ...(pageUrl === undefined ? {} : { generatorURL: pageLinkOf(pageUrl, event) })
  }
}

const firing = (change: Change, shape: Shape): PostedAlert =>
  alertOf(change, change.severity, shape.nowMs + refreshesMissed * shape.refreshMs, shape)

const resolved = (change: Change, severity: IncidentSeverity, shape: Shape): PostedAlert =>
  alertOf(change, severity, Math.min(parseRfc3339(change.event.timestamp)!, shape.nowMs), shape)

/** The alerts to post for a change. The severity is one of the labels: an incident that grows is another alert there, and ends the first one. */
const postedOf = (change: Change, shape: Shape): ReadonlyArray<PostedAlert> => {
  switch (change.state) {
    case "opened":
    case "changed-cause":
    case "acknowledged":
      return [firing(change, shape)]
    case "grew":
      return [resolved(change, change.before!, shape), firing(change, shape)]
    case "closed":
      return [resolved(change, change.severity, shape)]
  }
}

export const postedAlerts = (changes: ReadonlyArray<Change>, shape: Shape): ReadonlyArray<PostedAlert> =>
  changes.flatMap((change) => postedOf(change, shape))

/** It fires for a refresh, so that whoever is told by Alertmanager hears of it, and ends by itself. */
const testAlert = ({ language, nowMs, refreshMs }: Shape): PostedAlert => {
  const { test, tested } = wordsOf(language)
  return {
    labels: { alertname: "CHAUSSETTES_TEST", source: "chaussettes", severity: "medium" },
    annotations: { summary: test, description: tested },
    startsAt: rfc3339(nowMs),
    endsAt: rfc3339(nowMs + refreshMs)
  }
}

/** A receiver for the Alertmanager at this address (its own, without `/api/v2/alerts`). */
export const alertmanager = (options: {
  readonly name: string
  readonly address: Address
  readonly language: Language
  readonly pageUrl: string | undefined
  readonly refreshMs: number
}): Receiver => {
  const { address, language, name, pageUrl, refreshMs } = options
  const base = new URL(address.url)
  base.pathname = `${base.pathname.replace(/\/+$/, "")}/api/v2/alerts`
  const endpoint = { ...address, url: base.href }
  const send = (alertsAt: (shape: Shape) => ReadonlyArray<PostedAlert>) =>
    Effect.gen(function* () {
      const alerts = alertsAt({ language, pageUrl, refreshMs, nowMs: yield* Clock.currentTimeMillis })
      // An empty list asks whether it is there.
      for (let at = 0; at === 0 || at < alerts.length; at += alertsARequest) {
        yield* post(endpoint, JSON.stringify(alerts.slice(at, at + alertsARequest)))
      }
    })
  return {
    kind: "alertmanager",
    name,
    shown: address.shown,
    key: `alertmanager.${keyToken(address.url)}`,
    // It groups and limits by itself, and has to hear of each change.
    policy: atOnce,
    tell: ({ changes }) => send((shape) => postedAlerts(changes, shape)),
    test: send((shape) => [testAlert(shape)]),
    refresh: {
      everyMs: refreshMs,
      tell: (open) => send((shape) => open.map((change) => firing(change, shape)))
    }
  }
}
