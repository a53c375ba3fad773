import { type Alert, alertsBegin, incidentsOf, parseRfc3339 } from "@chaussettes/domain"
import { Alerts, alertsOfSpan, type StoredAlert } from "@chaussettes/jetstream"
import { matchesAlert } from "@chaussettes/readmodel"
import { Effect, Stream } from "effect"
import type { AlertsQuery, IncidentsResponse } from "../api/index.ts"
import { byUrgency } from "../live/alert-groups.ts"
import { Feed } from "../live/feed.ts"

/** Alerts looked through for one question; more are left to a narrower one. */
const maxScanned = 20_000
const page = 1_000
const defaultLimit = 100

type Filter = Pick<AlertsQuery, "from" | "to" | "dimension" | "severity" | "key">

const matches = (alert: Alert, filter: Filter): boolean => {
  const startMs = parseRfc3339(alert.window.start)!
  return startMs >= filter.from && startMs < filter.to && matchesAlert(alert, filter)
}

interface Selected {
  /** Newest first. */
  readonly alerts: ReadonlyArray<StoredAlert>
  readonly scanned: number
  /** Sequence before which there may be more; null when all were looked at. */
  readonly next: number | null
}

/** Goes back from `before`, or from the end of the span, until there are enough or the span begins. */
const select = (filter: Filter, limit: number, before?: number) =>
  Effect.gen(function* () {
    const feed = yield* Feed
    const tail = feed.tail.alerts
    const oldest = tail[0]
    const alerts: Array<StoredAlert> = []
    let scanned = 0
    if (oldest !== undefined && (before === undefined || before > oldest.seq)) {
      for (let i = tail.length - 1; i >= 0; i--) {
        const item = tail[i]!
        if (before !== undefined && item.seq >= before) continue
        const startMs = parseRfc3339(item.alert.window.start)!
        if (startMs < alertsBegin(filter.from)) return { alerts, scanned, next: null } satisfies Selected
        // Late alerts of the span stand among those of other windows, which are passed over.
        if (startMs < filter.from || startMs >= filter.to) continue
        if (scanned === maxScanned) return { alerts, scanned, next: item.seq + 1 } satisfies Selected
        scanned++
        if (matches(item.alert, filter)) alerts.push(item)
        if (alerts.length === limit) return { alerts, scanned, next: item.seq } satisfies Selected
      }
    }
    return yield* selectStored(
      filter,
      limit,
      alerts,
      scanned,
      Math.min(before ?? Number.POSITIVE_INFINITY, oldest?.seq ?? Number.POSITIVE_INFINITY)
    )
  })

/** The same from ALERTS itself, for what is no longer in memory. */
const selectStored = (
  filter: Filter,
  limit: number,
  alerts: Array<StoredAlert>,
  scannedBefore: number,
  before: number
) =>
  Effect.gen(function* () {
    const log = yield* Alerts
    const bounds = yield* log.bounds
    let scanned = scannedBefore
    let end = Math.min(before, bounds.lastSeq + 1)
    if (end <= bounds.firstSeq) return { alerts, scanned, next: null } satisfies Selected
    const span = yield* alertsOfSpan(log, filter.from, filter.to)
    const { first } = span
    end = Math.min(end, span.end)
    while (end > first) {
      const from = Math.max(first, end - page)
      const items = yield* Stream.runCollect(log.read(from, { throughSeq: end - 1 }))
      for (let i = items.length - 1; i >= 0; i--) {
        const item = items[i]!
        const startMs = parseRfc3339(item.alert.window.start)!
        if (startMs < filter.from || startMs >= filter.to) continue
        if (scanned === maxScanned) return { alerts, scanned, next: item.seq + 1 } satisfies Selected
        scanned++
        if (matches(item.alert, filter)) alerts.push(item)
        if (alerts.length === limit) return { alerts, scanned, next: item.seq } satisfies Selected
      }
      end = from
    }
    return { alerts, scanned, next: null } satisfies Selected
  })

export const alertsOf = (query: AlertsQuery) =>
  Effect.map(select(query, query.limit ?? defaultLimit, query.before), ({ alerts, next }) => ({ alerts, next }))

/** An incident may have begun before the span: so much earlier is looked for its first alerts, as far as they are in memory. */
const lookBackMs = 86_400_000

/** Alerts before the span that may belong to an incident in it. */
const earlier = (tail: ReadonlyArray<StoredAlert>, filter: Filter): ReadonlyArray<StoredAlert> => {
  const oldest = tail[0]
  // Where the span itself reaches further back than what is in memory, what lies between is not known.
  if (oldest === undefined || parseRfc3339(oldest.alert.window.start)! >= filter.from) return []
  const before = { ...filter, from: filter.from - lookBackMs, to: filter.from }
  return tail.filter(({ alert }) => matches(alert, before))
}

/** The incidents of a span, from their first alert on, the most important ones first. */
export const incidentsIn = Effect.fn("incidentsIn")(function* ({ severity, limit, ...filter }: AlertsQuery) {
  const { history, tail } = yield* Feed
  const { alerts, scanned, next } = yield* select(filter, Number.POSITIVE_INFINITY)
  const inOrder = [...earlier(tail.alerts, filter), ...alerts].sort((a, b) => a.seq - b.seq)
  // An incident is as severe as its worst alert: it is chosen as a whole, or not at all.
  const incidents = incidentsOf(
    inOrder.map(({ alert }) => alert),
    history.endMs ?? 0
  )
    .filter((incident) => incident.lastMs > filter.from && (severity === undefined || incident.severity === severity))
    .sort(byUrgency)
  return {
    incidents: incidents.slice(0, limit),
    count: incidents.length,
    scanned,
    partial: next !== null
  } satisfies IncidentsResponse
})
