import type { Dimension, IncidentKind, RejectReason } from "@chaussettes/domain"

/** The lists of a report. */
export type ListName =
  | "pages"
  | "files"
  | "notFound"
  | "failing"
  | "slow"
  | "clients"
  | "networks"
  | "sites"
  | "referringSites"
  | "referrers"
  | "families"
  | "systems"
  | "botNames"
  | "agents"
  | "methods"

interface ListWords {
  readonly title: string
  /** The first column. */
  readonly key: string
  /** What a reader has to know of how it is counted. */
  readonly note?: string
}

/** Why nothing can be suggested. */
type NoSuggestion = "TooLittle" | "Attacked" | "Disagrees" | "Blind" | "Together" | "Drifted"

/** All that a report says, beside what stands in the log. */
export interface ReportWords {
  readonly title: string
  readonly logs: string
  readonly standardInput: string
  readonly files: (first: string, count: number) => string
  readonly span: (from: string, to: string) => string
  readonly zone: (name: string) => string
  readonly made: (when: string) => string
  readonly contents: string
  readonly nothing: string
  readonly quiet: string
  readonly incidentsFound: (count: string, n: number) => string
  readonly worst: (subject: string, when: string) => string
  readonly tiles: {
    readonly requests: string
    readonly errorRate: string
    readonly serverErrors: string
    readonly clientErrors: string
    readonly clients: string
    readonly visitors: string
    readonly bytes: string
    readonly bots: string
    readonly p95: string
    readonly aSecond: (rate: string) => string
    readonly aMinute: (rate: string) => string
    readonly anHour: (rate: string) => string
    readonly errorsOf: (errors: string) => string
    readonly visitorsNote: string
    readonly p50: (value: string) => string
  }
  readonly traffic: {
    readonly title: string
    readonly people: string
    readonly bots: string
    readonly per: (span: string) => string
    readonly errors: string
    readonly clientErrors: string
    readonly serverErrors: string
    readonly byDay: string
    readonly day: string
    readonly most: (value: string) => string
    readonly chart: (requests: string, span: string) => string
    readonly errorChart: (client: string, server: string) => string
  }
  readonly columns: {
    readonly requests: string
    readonly share: string
    readonly clientErrors: string
    readonly serverErrors: string
    readonly errors: string
    readonly notFound: string
    readonly bytes: string
    readonly mean: string
    readonly visitors: string
    readonly status: string
    readonly kind: string
  }
  readonly groups: { readonly [group in "urls" | "clients" | "referrers" | "agents"]: string }
  readonly lists: { readonly [list in ListName]: ListWords }
  readonly more: (rows: string) => string
  readonly rest: (shown: string, keys: string) => string
  readonly atLeast: (keys: string) => string
  readonly none: string
  readonly direct: (requests: string, share: string) => string
  readonly kinds: { readonly [kind in "browser" | "bot" | "program" | "monitor" | "other" | "none"]: string }
  readonly incidents: {
    readonly title: string
    readonly since: string
    readonly lasted: string
    readonly cause: string
    readonly failed: string
    readonly kind: string
    readonly ongoing: string
    readonly network: string
    readonly kinds: { readonly [kind in IncidentKind]: string }
    readonly usual: (kind: string, rate: string) => string
    readonly andOthers: (first: string, others: string) => string
    readonly none: string
    readonly note: string
    readonly more: (count: string) => string
  }
  readonly thresholds: {
    readonly title: string
    readonly dimension: string
    readonly inForce: string
    readonly suggested: string
    readonly from: (rate: string) => string
    readonly table: (rate: string, least: string) => string
    readonly alerts: (share: string) => string
    readonly why: { readonly [why in NoSuggestion]: string }
    readonly note: string
  }
  readonly statuses: { readonly title: string; readonly upstream: string; readonly noAnswer: string }
  readonly statusText: (status: number) => string
  readonly hours: {
    readonly title: string
    readonly hour: string
    readonly weekday: string
    readonly chart: string
    readonly busiest: (when: string, requests: string) => string
  }
  readonly latency: {
    readonly title: string
    readonly none: string
    readonly quantile: (percent: number) => string
    readonly mean: string
    readonly count: (lines: string) => string
    readonly chart: string
  }
  readonly reading: {
    readonly title: string
    readonly lines: (lines: string) => string
    readonly rejected: (lines: string) => string
    readonly ignored: (lines: string) => string
    readonly outside: (lines: string) => string
    readonly late: (lines: string) => string
    readonly reason: string
    readonly errors: (definition: string) => string
    readonly windows: (span: string) => string
    readonly inexact: string
  }
  readonly reasons: { readonly [reason in RejectReason]: string }
  readonly subjects: { readonly [dimension in Dimension]: string }
  readonly madeBy: string
}
