import type { Alert } from "@chaussettes/domain"

interface SeqAlert {
  readonly seq: number
  readonly alert: Alert
}

/** As the API answers `alerts`: newest first; `next` asks for older ones, null where there are none. */
export interface AlertsPage {
  readonly alerts: ReadonlyArray<SeqAlert>
  readonly next: number | null
}

/**
 * The newest page put before the older ones that are known. Where more has come than one page holds, what lies between is not known, and the
 * older ones are let go of: a list with a hole in it would lie.
 */
export const withNewest = (newest: AlertsPage, known: AlertsPage | undefined): AlertsPage => {
  if (known === undefined || newest.next === null) return newest
  const last = newest.alerts[newest.alerts.length - 1]
  if (last === undefined || (known.alerts[0]?.seq ?? 0) < last.seq) return newest
  return { alerts: [...newest.alerts, ...known.alerts.filter(({ seq }) => seq < last.seq)], next: known.next }
}

/** With the page of older ones that followed. */
export const withOlder = (known: AlertsPage, older: AlertsPage): AlertsPage => ({
  alerts: [...known.alerts, ...older.alerts],
  next: older.next
})
