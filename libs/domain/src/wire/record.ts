import type { Measures } from "../detection/measures.ts"
import { dimensions, dimensionsOnRequest, type PerDimension, type PerKeyDimension } from "../dimension.ts"
import type { LineReading } from "../format/line-reading.ts"
import { limits } from "../limits.ts"
import { type CountedBy, type DetectionSettings, defaultSettings } from "../settings.ts"
import { defaultErrors, type Statuses } from "../statuses.ts"
import { parseRfc3339 } from "../time.ts"
import type { Alert } from "./alert.ts"
import type { RejectReason } from "./reject.ts"
import type { ThresholdsInForce } from "./threshold.ts"

export const recordSchema = "chaussettes.window.v1"
export const revisionSchema = "chaussettes.revision.v1"

/**
 * Why a window was decided: the watermark reached its end, all sources were silent or had ended, or a limit forced it. Or, of a revision,
 * that lines came late for it.
 */
export type ClosedBy = "watermark" | "idle" | "punctuation" | "limit" | "late"

/** A key that a record names for its errors. */
export interface TopKey {
  readonly key: string
  readonly total: number
  readonly errors: number
  /** Statuses 400 to 499, and 500 to 599. Absent where there are none. */
  readonly client_errors?: number
  readonly server_errors?: number
}

/** The settings that shape what is said of a window: with its record and LOGS all can be derived again. */
export interface Rules {
  readonly url_key: DetectionSettings["urlKey"]
  readonly ipv6_prefix: number
  /** Of each dimension that was on: it is counted and judged where this names it. */
  readonly least_requests: PerDimension<number>
  /**
   * Which statuses count as errors (`statuses.ts`). Records of before there was a choice lack it: there it is those from 400 on, and nothing is said
   * of single statuses.
   */
  readonly errors?: PerDimension<string>
  readonly language: DetectionSettings["language"]
  /** In French only: the version of the messages' text. Absent in records of before there was a second. */
  readonly wording?: 2
  readonly allowed_lateness_ms: number
  readonly idle_ms: number
  readonly max_behind_ms: number
  readonly max_ahead_ms: number
  /** So far behind `decided_through` lines are folded into their windows. Absent in records of before there were revisions. */
  readonly horizon_ms?: number
  /** Present where each source's lateness is learnt; `allowed_lateness_ms` is what it begins with. */
  readonly lateness?: "learnt"
  /** Added to the event times of a source's lines, in ms. Only where some are. */
  readonly source_offsets?: { readonly [source: string]: number }
  /** How the lines were read; records from before there was a choice lack it. */
  readonly reading?: LineReading
}

export const rulesOf = (settings: DetectionSettings): Rules => ({
  url_key: settings.urlKey,
  ipv6_prefix: settings.ipv6Prefix,
  least_requests: settings.leastRequests,
  ...(settings.errors === undefined ? {} : { errors: settings.errors }),
  language: settings.language,
  ...(settings.wording === undefined ? {} : { wording: settings.wording }),
  allowed_lateness_ms: settings.allowedLatenessMs,
  idle_ms: settings.idleMs,
  max_behind_ms: settings.maxBehindMs,
  max_ahead_ms: settings.maxAheadMs,
  horizon_ms: settings.horizonMs,
  ...(settings.learnsLateness ? { lateness: "learnt" as const } : {}),
  ...(Object.keys(settings.sourceOffsets).length === 0 ? {} : { source_offsets: settings.sourceOffsets }),
  ...(settings.reading === undefined ? {} : { reading: settings.reading })
})

/** The settings that a record was made by; the inverse of `rulesOf`. */
export const settingsOfRules = (rules: Rules, windowMs: number): DetectionSettings => ({
  windowMs,
  allowedLatenessMs: rules.allowed_lateness_ms,
  learnsLateness: rules.lateness === "learnt",
  revisionMs: defaultSettings.revisionMs,
  horizonMs: rules.horizon_ms ?? 0,
  sourceOffsets: rules.source_offsets ?? {},
  idleMs: rules.idle_ms,
  maxBehindMs: rules.max_behind_ms,
  maxAheadMs: rules.max_ahead_ms,
  urlKey: rules.url_key,
  ipv6Prefix: rules.ipv6_prefix,
  leastRequests: rules.least_requests,
  ...(rules.errors === undefined ? {} : { errors: rules.errors }),
  language: rules.language,
  ...(rules.wording === undefined ? {} : { wording: rules.wording }),
  ...(rules.reading === undefined ? {} : { reading: rules.reading })
})

/**
 * Whether records of both rules count the same lines as the same into the same windows and under the same keys, but for the times of lines, which
 * each message keeps as they were when it was counted.
 */
export const countAlike = (a: Rules, b: Rules): boolean =>
  a.url_key === b.url_key &&
  a.ipv6_prefix === b.ipv6_prefix &&
  dimensions.every((d) => (a.least_requests[d] === undefined) === (b.least_requests[d] === undefined)) &&
  isAlike(a.errors ?? defaultErrors, b.errors ?? defaultErrors) &&
  isAlike(a.reading, b.reading)

const isAlike = (a: object | undefined, b: object | undefined): boolean => JSON.stringify(a) === JSON.stringify(b)

/** How the lines that a record counts were taken. */
export const countedBy = ({ rules }: WindowRecord): CountedBy => ({
  sourceOffsets: rules.source_offsets ?? {},
  maxAheadMs: rules.max_ahead_ms,
  ignore: rules.reading?.ignore
})

/** Why lines did not come into a window, counted. */
export interface SinceLast {
  readonly late: number
  readonly rejected: { readonly [reason in RejectReason]?: number }
  /** Sequences of LOGS that were gone before they could be read. */
  readonly gap: number
  /** Late lines by source; only sources with some. */
  readonly late_by_source: { readonly [source: string]: number }
  /** Lines that rules have taken out, by rule. Only where some were. */
  readonly ignored?: { readonly [rule: string]: number }
}

/** What the incidents of a window were decided by. */
export interface RecordIncidents {
  /** The model in force: its revision in the bucket `incidents` (0 before one was published), and a digest of its text. */
  readonly model: { readonly revision: number; readonly digest: string }
  /** Nothing was known of the windows before: the first record of all, or the first behind a state that is gone. */
  readonly begins?: true
}

/** What came late into a window that was decided, and what of it is told for the first time. */
export interface Revision {
  /** The window's first revision is 1. */
  readonly number: number
  /** The lines since its record, or since its revision before, in these messages of LOGS (or lines of a file). */
  readonly added: {
    readonly total: number
    readonly errors: number
    readonly first_seq: number
    readonly last_seq: number
  }
  /** Alerts that stand now and were not raised before. */
  readonly raised: number
}

/**
 * One message of the stream WINDOWS: a decided window, or a revision of one. The order of the fields is the order on the wire.
 * Both say all of their window: the newest message of a window replaces those before it.
 */
export interface WindowRecord {
  readonly schema: typeof recordSchema | typeof revisionSchema
  readonly start: string
  readonly end: string
  /** The window holds the lines of its span in the messages of LOGS up to this sequence; later ones come by a revision. */
  readonly through_seq: number
  /** From this sequence of LOGS the windows that still took lines can be built again. */
  readonly resume_seq: number
  /** From this sequence of LOGS the windows that were not decided can be built again. Absent where it is `resume_seq`. */
  readonly open_seq?: number
  /** When LOGS was created: sequences of another LOGS mean nothing here. */
  readonly logs_created?: string
  /** Windows that begin before are decided, also those that have no record: they had no line. */
  readonly decided_through: string
  /**
   * Lines of windows that begin before come too late for a revision. Absent in records of before there were revisions, where it is
   * `decided_through`.
   */
  readonly late_before?: string
  readonly closed_by: ClosedBy
  /** Present in a revision, and only there. */
  readonly revision?: Revision
  readonly total: number
  /** Lines that count as errors for all traffic. */
  readonly errors: number
  /** Lines with statuses 400 to 499, and 500 to 599, whatever counts as an error. Present where `rules.errors` is. */
  readonly client_errors?: number
  readonly server_errors?: number
  /** Lines by status, in pairs. Present where `rules.errors` is. */
  readonly statuses?: Statuses
  /** Distinct keys; where keys were forgotten (`overflow`), those that were left. */
  readonly keys: PerKeyDimension<number>
  readonly seuils: ThresholdsInForce
  readonly rules: Rules
  readonly breaches: PerDimension<number>
  /** Breaches that got no alert because the window had too many. */
  readonly suppressed: number
  /** Latenesses that were learnt, in ms by source, where they are others than the record before had. */
  readonly learnt?: { readonly [source: string]: number }
  /** Absent in a revision, which decides no incidents, and in records of before there were any. */
  readonly incidents?: RecordIncidents
  /** Counted since the record before, over messages up to `through_seq`. */
  readonly since_last: SinceLast
  /** Of the requests those of bots that say so. Present where they are told apart. */
  readonly bots?: { readonly total: number; readonly errors: number }
  /** Present only where a limit of keys was reached: what was forgotten. */
  readonly overflow?: PerKeyDimension<Overflow>
  readonly top: PerKeyDimension<ReadonlyArray<TopKey>>
  /** Durations, sizes and upstream statuses, where lines say them. Only where `rules.errors` is present. */
  readonly measures?: Measures
}

/** Lines of windows that begin before come too late, as a record says, in ms. */
export const lateBeforeOf = (record: WindowRecord): number =>
  parseRfc3339(record.late_before ?? record.decided_through)!

/**
 * Where a record stands in the order of WINDOWS: these never fall from one message to the next, so that records are found by them in a binary
 * search. A revision tells a window that lies further back; it stands where the windows before `decided_through` were decided.
 */
export const orderOf = (record: WindowRecord): { readonly startMs: number; readonly endMs: number } => {
  if (record.revision === undefined) return { startMs: parseRfc3339(record.start)!, endMs: parseRfc3339(record.end)! }
  const decidedThroughMs = parseRfc3339(record.decided_through)!
  return { startMs: decidedThroughMs, endMs: decidedThroughMs }
}

/**
 * Finds each window's newest record while WINDOWS is read in its order: a window is handed over once, when no revision of it can come any more.
 * What is held is bounded by the horizon.
 */
export class NewestRecords {
  /** Those that changed longest ago stand first. */
  readonly #held = new Map<string, WindowRecord>()

  /** Takes the next message; answers the newest records of windows that take no line any more. */
  take(record: WindowRecord): ReadonlyArray<WindowRecord> {
    this.#held.delete(record.start)
    this.#held.set(record.start, record)
    const lateBeforeMs = lateBeforeOf(record)
    const done: Array<WindowRecord> = []
    for (const held of this.#held.values()) {
      if (parseRfc3339(held.start)! >= lateBeforeMs) break
      this.#held.delete(held.start)
      done.push(held)
    }
    return done
  }

  /** WINDOWS holds nothing more: what there is of the other windows. */
  end(): ReadonlyArray<WindowRecord> {
    const rest = [...this.#held.values()]
    this.#held.clear()
    return rest
  }
}

/** The newest record of each window, in the order of the windows. */
export const newestOf = (records: Iterable<WindowRecord>): ReadonlyArray<WindowRecord> => {
  const byStart = new Map<number, WindowRecord>()
  for (const record of records) byStart.set(parseRfc3339(record.start)!, record)
  return [...byStart].sort(([a], [b]) => a - b).map(([, record]) => record)
}

/**
 * ALERTS is in the order of writing: an alert that came by a revision stands up to a horizon behind those of later windows. Whoever looks by a
 * binary search for the alerts of windows from a time on searches from here on, and passes over what is earlier.
 */
export const alertsBegin = (windowsFromMs: number): number => windowsFromMs - limits.longestHorizonMs

/** From which sequence of LOGS the windows that were not decided can be built again. */
export const openSeqOf = ({ open_seq, resume_seq }: WindowRecord): number => open_seq ?? resume_seq

/** How many alerts a record raises. */
export const raisedBy = ({ breaches, suppressed, revision }: WindowRecord): number =>
  revision?.raised ?? sumOf(breaches) - suppressed

const sumOf = (counts: PerDimension<number>): number =>
  dimensions.reduce((sum, dimension) => sum + (counts[dimension] ?? 0), 0)

/**
 * How an alert stands to a record: `own` where this record raised it, `before` and `behind` where a record before or behind it in WINDOWS did.
 * ALERTS has the alerts of the records in the order of WINDOWS.
 */
export const raisedAgainst = (alert: Alert, record: WindowRecord): "before" | "own" | "behind" => {
  const isLate = alert.decided_through !== undefined
  const isRevision = record.revision !== undefined
  const alertMs = parseRfc3339(alert.decided_through ?? alert.window.start)!
  const recordMs = orderOf(record).startMs
  if (alertMs !== recordMs) return alertMs < recordMs ? "before" : "behind"
  // Revisions stand before the window that begins where all is decided.
  if (isLate !== isRevision) return isLate ? "before" : "behind"
  const [alertWindowMs, recordWindowMs] = [parseRfc3339(alert.window.start)!, parseRfc3339(record.start)!]
  return alertWindowMs === recordWindowMs ? "own" : alertWindowMs < recordWindowMs ? "before" : "behind"
}

interface Overflow {
  readonly keys: number
  readonly requests: number
  readonly errors: number
}

/** JSON of parts of records that are the same object from window to window: it is made once for each of them. */
const encoding = () => {
  let [last, json]: [object | undefined, string] = [undefined, ""]
  return (part: object): string => {
    if (part === last) return json
    last = part
    json = JSON.stringify(part)
    return json
  }
}

const encodedThresholds = encoding()
const encodedRules = encoding()
const encodedSinceLast = encoding()

const encodedIncidents = ({ model: { revision, digest }, begins }: RecordIncidents): string =>
  `{"model":{"revision":${revision},"digest":"${digest}"}${begins === undefined ? "" : `,"begins":true`}}`

/** Nearly all windows know sizes and nothing else. */
const encodedMeasures = (measures: Measures): string => {
  const { duration_us: duration, bytes, upstream } = measures
  if (bytes === undefined || duration !== undefined || upstream !== undefined) return JSON.stringify(measures)
  return `{"bytes":{"count":${bytes.count},"sum":${bytes.sum}}}`
}

/** At half of the cost of `join`. */
const encodedStatuses = (statuses: Statuses): string => {
  let json = ""
  for (let i = 0; i < statuses.length; i++) json += i === 0 ? `${statuses[i]}` : `,${statuses[i]}`
  return json
}

const encodedTop = (keys: ReadonlyArray<TopKey>): string => {
  let json = ""
  for (const { key, total, errors, client_errors: client, server_errors: server } of keys) {
    json += `${json === "" ? "" : ","}{"key":${JSON.stringify(key)},"total":${total},"errors":${errors}${client === undefined ? "" : `,"client_errors":${client}`}${server === undefined ? "" : `,"server_errors":${server}`}}`
  }
  return json
}

/** Counts by dimension. Those that always are on by name: each window passes here. */
const encodedCounts = (counts: PerKeyDimension<number>): string => {
  let json = `"ip":${counts.ip},"url":${counts.url}`
  for (const dimension of dimensionsOnRequest) {
    if (counts[dimension] !== undefined) json += `,"${dimension}":${counts[dimension]}`
  }
  return json
}

const encodedTops = (top: WindowRecord["top"]): string => {
  let json = `"ip":[${encodedTop(top.ip)}],"url":[${encodedTop(top.url)}]`
  for (const dimension of dimensionsOnRequest) {
    const keys = top[dimension]
    if (keys !== undefined) json += `,"${dimension}":[${encodedTop(keys)}]`
  }
  return json
}

/** `JSON.stringify(record)`, byte for byte, at a third of its cost: thresholds and rules hardly ever change. */
export const encodeRecord = (record: WindowRecord): string => {
  const {
    open_seq: open,
    logs_created: logs,
    late_before: late,
    revision,
    statuses,
    bots,
    breaches,
    incidents,
    keys,
    learnt,
    overflow,
    top,
    measures
  } = record
  return (
    `{"schema":"${record.schema}","start":"${record.start}","end":"${record.end}","through_seq":${record.through_seq},` +
    `"resume_seq":${record.resume_seq},${open === undefined ? "" : `"open_seq":${open},`}${logs === undefined ? "" : `"logs_created":${JSON.stringify(logs)},`}` +
    `"decided_through":"${record.decided_through}",${late === undefined ? "" : `"late_before":"${late}",`}` +
    `"closed_by":"${record.closed_by}",${revision === undefined ? "" : `"revision":${JSON.stringify(revision)},`}` +
    `"total":${record.total},` +
    `"errors":${record.errors},${statuses === undefined ? "" : `"client_errors":${record.client_errors},"server_errors":${record.server_errors},"statuses":[${encodedStatuses(statuses)}],`}"keys":{${encodedCounts(keys)}},"seuils":${encodedThresholds(record.seuils)},` +
    `"rules":${encodedRules(record.rules)},"breaches":{"global":${breaches.global},${encodedCounts(breaches)}},` +
    `"suppressed":${record.suppressed},${learnt === undefined ? "" : `"learnt":${JSON.stringify(learnt)},`}${incidents === undefined ? "" : `"incidents":${encodedIncidents(incidents)},`}"since_last":${encodedSinceLast(record.since_last)},` +
    `${bots === undefined ? "" : `"bots":{"total":${bots.total},"errors":${bots.errors}},`}${overflow === undefined ? "" : `"overflow":${JSON.stringify(overflow)},`}` +
    `"top":{${encodedTops(top)}}${measures === undefined ? "" : `,"measures":${encodedMeasures(measures)}`}}`
  )
}
