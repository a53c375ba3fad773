import {
  type Alert,
  declarationOf,
  type KeyDimension,
  keyDimensionsIn,
  newestOf,
  parseRfc3339,
  type Threshold,
  type WindowRecord
} from "@chaussettes/domain"
import { byHurt, type IncidentView, type Status } from "@chaussettes/readmodel"
import type { Look } from "@chaussettes/readmodel/queries"

/** One window of all traffic. */
export interface CourseWindow {
  readonly startMs: number
  readonly requests: number
  readonly errors: number
  readonly isBreach: boolean
}

/** A key with errors within the last hour; the records name the ten worst of each window, so it may have more. */
export interface TopRow {
  readonly key: string
  readonly requests: number
  readonly errors: number
}

interface TopOf {
  readonly dimension: KeyDimension
  readonly rows: ReadonlyArray<TopRow>
}

/** All that a screen shows, at one moment. */
export interface Shown {
  readonly status: Status
  readonly isPublic: boolean
  readonly course: ReadonlyArray<CourseWindow>
  readonly windowMs: number
  readonly threshold: Threshold | undefined
  readonly incidents: ReadonlyArray<IncidentView>
  /** The newest alerts, in their order: what explains an incident or a key. */
  readonly alerts: ReadonlyArray<Alert>
  readonly tops: ReadonlyArray<TopOf>
}

/** What a person can go through. */
const [mostIncidents, mostRows] = [200, 200]

/** The newest incidents of INCIDENTS; the open ones first, the most severe on top. */
const incidentsShown = ({ incidents }: Look): ReadonlyArray<IncidentView> =>
  [...incidents].sort(byHurt).slice(0, mostIncidents)

const topOf = (dimension: KeyDimension, records: ReadonlyArray<WindowRecord>): TopOf => {
  const sums = new Map<string, { key: string; requests: number; errors: number }>()
  for (const record of records) {
    for (const { key, total, errors } of record.top[dimension] ?? []) {
      const sum = sums.get(key)
      if (sum === undefined) sums.set(key, { key, requests: total, errors })
      else {
        sum.requests += total
        sum.errors += errors
      }
    }
  }
  const rows = [...sums.values()]
    .filter(({ errors }) => errors > 0)
    .sort((a, b) => b.errors - a.errors || b.requests - a.requests || (a.key < b.key ? -1 : 1))
  return { dimension, rows: rows.slice(0, mostRows) }
}

export const shownOf = (look: Look): Shown => {
  const { status, tails, isPublic } = look
  const records = newestOf(tails.windows.map(({ record }) => record))
  const on = keyDimensionsIn(records.at(-1)?.rules.least_requests ?? { global: 0, ip: 0, url: 0 })
  return {
    status,
    isPublic,
    course: records.map((record) => ({
      startMs: parseRfc3339(record.start)!,
      requests: record.total,
      errors: record.errors,
      isBreach: (record.breaches.global ?? 0) > 0
    })),
    windowMs: status.newest?.windowMs ?? 0,
    threshold: status.seuils.global?.value ?? declarationOf("global").firstThreshold,
    incidents: incidentsShown(look),
    alerts: tails.alerts.map(({ alert }) => alert),
    tops: on.map((dimension) => topOf(dimension, records))
  }
}
