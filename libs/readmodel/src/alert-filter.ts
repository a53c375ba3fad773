import { type Alert, type Dimension, dimensionOf, keyOf, type Severity } from "@chaussettes/domain"

/** What a reader wants to see of the alerts; what is left out does not matter. */
export interface AlertFilter {
  readonly dimension?: Dimension | undefined
  readonly severity?: Severity | undefined
  /** A part of the IP, URL or other key. */
  readonly key?: string | undefined
}

export const matchesAlert = (alert: Alert, { dimension, severity, key }: AlertFilter): boolean =>
  (dimension === undefined || dimensionOf(alert.type) === dimension) &&
  (severity === undefined || alert.severity === severity) &&
  (key === undefined || (keyOf(alert) ?? "").includes(key))
