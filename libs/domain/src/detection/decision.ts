import {
  type Dimension,
  type Filling,
  type KeyDimension,
  keyDimensions,
  keyDimensionsIn,
  mapKeyDimensions,
  type PerDimension,
  type PerKeyDimension
} from "../dimension.ts"
import { type KindsCounted, kindsCountedBy } from "../error-kinds.ts"
import { limits } from "../limits.ts"
import { defaultErrors, type ErrorKinds, errorsOf, kindsIn } from "../statuses.ts"
import { parseRfc3339, rfc3339 } from "../time.ts"
import { type Alert, type AlertLines, alertOf, keyText } from "../wire/alert.ts"
import {
  type ClosedBy,
  lateBeforeOf,
  openSeqOf,
  type RecordIncidents,
  type Revision,
  type Rules,
  recordSchema,
  revisionSchema,
  type SinceLast,
  type TopKey,
  type WindowRecord
} from "../wire/record.ts"
import { type Threshold, type ThresholdInForce, type ThresholdsInForce, thresholdsAt } from "../wire/threshold.ts"
import { compareBytes, type KeyTable } from "./key-table.ts"
import { judge } from "./verdict.ts"
import type { OpenWindow, Retained } from "./window.ts"

/** What is said of one window: its record and its alerts. Both follow from the window's lines, the thresholds and the rules alone. */
export interface Decision {
  readonly record: WindowRecord
  readonly alerts: ReadonlyArray<Alert>
  /** Sequence in WINDOWS where this record stands already; its alerts may be missing. */
  readonly recordSeq: number | undefined
}

/** What a record says besides the window's content. */
export interface Circumstances {
  readonly throughSeq: number
  readonly resumeSeq: number
  readonly openSeq: number
  readonly logsCreated: string | undefined
  readonly decidedThroughMs: number
  readonly lateBeforeMs: number
  readonly closedBy: ClosedBy
  readonly sinceLast: SinceLast
  /** Latenesses that were learnt since the record before. */
  readonly learnt?: WindowRecord["learnt"]
  /** What the incidents of the window are decided by. */
  readonly incidents?: RecordIncidents | undefined
}

/** What a record says again of itself, for whoever derives it again. */
export const circumstancesOf = (record: WindowRecord): Circumstances => ({
  throughSeq: record.through_seq,
  resumeSeq: record.resume_seq,
  openSeq: openSeqOf(record),
  logsCreated: record.logs_created,
  decidedThroughMs: parseRfc3339(record.decided_through)!,
  lateBeforeMs: lateBeforeOf(record),
  closedBy: record.closed_by,
  sinceLast: record.since_last,
  ...(record.learnt === undefined ? {} : { learnt: record.learnt }),
  incidents: record.incidents
})

/** Whether alerts point to sequences of LOGS or to lines of a file; a file knows no revisions either. */
export type Origin = "logs" | "file"

/** A key that breaches, by its place in its table. */
interface KeyBreach {
  readonly dimension: KeyDimension
  readonly table: KeyTable
  readonly index: number
}

const isWorse = (a: KeyBreach, b: KeyBreach): number =>
  b.table.errors(b.index) - a.table.errors(a.index) ||
  b.table.total(b.index) - a.table.total(a.index) ||
  (a.dimension === b.dimension ? 0 : keyDimensions.indexOf(a.dimension) - keyDimensions.indexOf(b.dimension)) ||
  compareBytes(a.table.key(a.index), b.table.key(b.index))

/** Keeps the worst of the breaches that it is shown, in memory that does not grow with their number. */
class WorstBreaches {
  readonly #room: number
  #kept: Array<KeyBreach> = []
  /** The least of the worst once there are more than enough: what is no worse than it is not kept. */
  #bar: KeyBreach | undefined

  constructor(room: number) {
    this.#room = room
  }

  show(breach: KeyBreach): void {
    if (this.#bar !== undefined && isWorse(breach, this.#bar) > 0) return
    this.#kept.push(breach)
    if (this.#kept.length < this.#room * 2) return
    this.#kept = this.worst()
    this.#bar = this.#kept[this.#room - 1]
  }

  /** Worst first. */
  worst(): Array<KeyBreach> {
    return this.#kept.sort(isWorse).slice(0, this.#room)
  }
}

/** How a window remembers that it has raised an alert: by its dimension and the bytes of its key. */
const raisedKey = (dimension: Dimension, key?: Uint8Array): string => {
  let text: string = dimension
  if (key !== undefined) for (const byte of key) text += String.fromCharCode(byte)
  return text
}

/** Shows the keys that breach and have no alert yet; answers how many breach, and how many of them have one. */
const findBreaches = (
  dimension: KeyDimension,
  table: KeyTable,
  threshold: Threshold,
  leastRequests: number,
  raised: ReadonlySet<string>,
  to: WorstBreaches
): { readonly found: number; readonly known: number } => {
  let [found, known] = [0, 0]
  for (let index = 0; index < table.count; index++) {
    const errors = table.errors(index)
    if (errors === 0) continue
    if (judge(threshold, leastRequests, table.total(index), errors, table.missed(index)) !== "breach") continue
    found++
    if (raised.size > 0 && raised.has(raisedKey(dimension, table.key(index)))) known++
    else to.show({ dimension, table, index })
  }
  return { found, known }
}

/** The keys with the most errors, worst first. */
const topOf = (table: KeyTable, tellsKinds: boolean): ReadonlyArray<TopKey> => {
  const top: Array<number> = []
  for (let i = 0; i < table.count; i++) {
    if (table.errors(i) === 0) continue
    if (top.length === limits.topKeys && table.worse(i, top[top.length - 1]!) > 0) continue
    let at = top.length
    while (at > 0 && table.worse(i, top[at - 1]!) < 0) at--
    top.splice(at, 0, i)
    if (top.length > limits.topKeys) top.pop()
  }
  return top.map((i) => {
    const key = { key: keyText(table.key(i)), total: table.total(i), errors: table.errors(i) } as {
      -readonly [field in keyof TopKey]: TopKey[field]
    }
    if (tellsKinds && table.clientErrors(i) > 0) key.client_errors = table.clientErrors(i)
    if (tellsKinds && table.serverErrors(i) > 0) key.server_errors = table.serverErrors(i)
    return key
  })
}

const linesOf = (origin: Origin, first: number, last: number): AlertLines =>
  origin === "logs" ? { first_seq: first, last_seq: last } : { first_line: first, last_line: last }

const none: ReadonlySet<string> = new Set()

/**
 * Decides a window: counts against thresholds. One that was decided before is decided again with what has come since: a revision. It raises the
 * alerts that stand now and were not raised before; what was raised stays raised.
 */
export const decide = (
  window: OpenWindow,
  inForce: ThresholdsInForce,
  rules: Rules,
  origin: Origin,
  circumstances: Circumstances
): Omit<Decision, "recordSeq"> => {
  const { startMs, endMs } = window
  const { retained } = window
  const thresholds = thresholdsAt(inForce, startMs)
  const raised = retained?.raised ?? none
  const globalBreach =
    judge(thresholds.global.value, rules.least_requests.global, window.total, window.errors) === "breach"
  const raisesGlobal = globalBreach && !raised.has("global")
  const worst = new WorstBreaches(Math.max(0, limits.alertsAWindow - raised.size - (raisesGlobal ? 1 : 0)))
  const { ips, urls } = window
  const tellsKinds = rules.errors !== undefined
  const foundIps = findBreaches("ip", ips, thresholds.ip.value, rules.least_requests.ip, raised, worst)
  const foundUrls = findBreaches("url", urls, thresholds.url.value, rules.least_requests.url, raised, worst)
  let breaching = (globalBreach ? 1 : 0) + foundIps.found + foundUrls.found
  let known = (globalBreach && !raisesGlobal ? 1 : 0) + foundIps.known + foundUrls.known
  let hasForgotten = ips.forgotten.keys + urls.forgotten.keys > 0
  // By name, as each window passes here: a record without dimensions on request costs nothing for them.
  const breaches: Filling<PerDimension<number>> = {
    global: globalBreach ? 1 : 0,
    ip: foundIps.found,
    url: foundUrls.found
  }
  const keys: Filling<PerKeyDimension<number>> = { ip: ips.count, url: urls.count }
  const top: Filling<WindowRecord["top"]> = { ip: topOf(ips, tellsKinds), url: topOf(urls, tellsKinds) }
  for (const { dimension, table } of window.further) {
    const least = rules.least_requests[dimension]
    // A record of an earlier life decides by its rules, which may not have known of it.
    if (least === undefined) continue
    const { found, known: knownHere } = findBreaches(
      dimension,
      table,
      thresholds[dimension]!.value,
      least,
      raised,
      worst
    )
    breaching += found
    known += knownHere
    Object.assign(breaches, { [dimension]: found })
    Object.assign(keys, { [dimension]: table.count })
    Object.assign(top, { [dimension]: topOf(table, tellsKinds) })
    if (table.forgotten.keys > 0) hasForgotten = true
  }
  const isRevision = retained?.added !== undefined
  const statuses = tellsKinds ? window.statuses.byStatus() : undefined
  const kinds = kindsIn(statuses ?? [])
  const counted: { [dimension in Dimension]?: KindsCounted } = {}
  const kindsCounted = (dimension: Dimension): KindsCounted => {
    counted[dimension] ??= kindsCountedBy(errorsOf(rules.errors ?? defaultErrors, dimension))
    return counted[dimension]
  }
  const alert = (
    dimension: Dimension,
    threshold: ThresholdInForce,
    total: number,
    errors: number,
    lines: AlertLines,
    kinds: ErrorKinds,
    key?: Uint8Array
  ) =>
    alertOf({
      dimension,
      ...(key === undefined ? {} : { key }),
      startMs,
      windowMs: endMs - startMs,
      total,
      errors,
      ...(tellsKinds ? { kinds, kindsCounted: kindsCounted(dimension) } : {}),
      ...(dimension === "global" && statuses !== undefined ? { statuses } : {}),
      threshold: threshold.value,
      revision: origin === "logs" ? threshold.revision : undefined,
      lines,
      ...(isRevision ? { decidedThroughMs: circumstances.decidedThroughMs } : {}),
      language: rules.language,
      ...(rules.wording === undefined ? {} : { wording: rules.wording })
    })
  const alerts: Array<Alert> = []
  if (raisesGlobal) {
    const lines = linesOf(origin, window.firstSeq, window.lastSeq)
    alerts.push(alert("global", thresholds.global, window.total, window.errors, lines, kinds))
  }
  const told = byDimension(worst.worst())
  for (const { dimension, table, index } of told) {
    const lines = linesOf(origin, table.firstSeq(index), table.lastSeq(index))
    const kindsOfKey = { client: table.clientErrors(index), server: table.serverErrors(index) }
    const [total, errors] = [table.total(index), table.errors(index)]
    alerts.push(alert(dimension, thresholds[dimension]!, total, errors, lines, kindsOfKey, table.key(index)))
  }
  const revision = retained === undefined ? undefined : revisionOf(retained, alerts.length)
  if (retained !== undefined) {
    if (alerts.length > 0) retained.raised ??= new Set()
    if (raisesGlobal) retained.raised!.add("global")
    for (const { dimension, table, index } of told) retained.raised!.add(raisedKey(dimension, table.key(index)))
    retained.judgedBy = inForce
  }
  // One field after the other: spreads of what may be absent would cost most of a decision, and their order is that of the wire.
  const record = {
    schema: revision === undefined ? recordSchema : revisionSchema,
    start: rfc3339(startMs),
    end: rfc3339(endMs),
    through_seq: circumstances.throughSeq,
    resume_seq: circumstances.resumeSeq
  } as { -readonly [field in keyof WindowRecord]: WindowRecord[field] }
  if (circumstances.openSeq !== circumstances.resumeSeq) record.open_seq = circumstances.openSeq
  if (circumstances.logsCreated !== undefined) record.logs_created = circumstances.logsCreated
  record.decided_through = rfc3339(circumstances.decidedThroughMs)
  if (rules.horizon_ms !== undefined) record.late_before = rfc3339(circumstances.lateBeforeMs)
  record.closed_by = circumstances.closedBy
  if (revision !== undefined) record.revision = revision
  record.total = window.total
  record.errors = window.errors
  if (statuses !== undefined) {
    record.client_errors = kinds.client
    record.server_errors = kinds.server
    record.statuses = statuses
  }
  record.keys = keys
  record.seuils = inForce
  record.rules = rules
  record.breaches = breaches
  record.suppressed = breaching - known - alerts.length
  if (circumstances.learnt !== undefined) record.learnt = circumstances.learnt
  if (circumstances.incidents !== undefined) record.incidents = circumstances.incidents
  record.since_last = circumstances.sinceLast
  if (rules.reading?.bots !== undefined) record.bots = { total: window.bots.total, errors: window.bots.errors }
  if (hasForgotten) {
    const on = keyDimensionsIn(keys)
    record.overflow = mapKeyDimensions((dimension) => ({ ...window.table(dimension).forgotten }), on)
  }
  record.top = top
  const measures = tellsKinds ? window.measures.told() : undefined
  if (measures !== undefined) record.measures = measures
  return { record, alerts }
}

/** What the next record of a window is a revision of; undefined for its first one. */
const revisionOf = (retained: Retained, raised: number): Revision | undefined => {
  const { added } = retained
  if (added === undefined) return undefined
  retained.revisions++
  return {
    number: retained.revisions,
    added: { total: added.total, errors: added.errors, first_seq: added.firstSeq, last_seq: added.lastSeq },
    raised
  }
}

/** In the order in which they are told: dimension by dimension, the worst of each first. */
const byDimension = (breaches: ReadonlyArray<KeyBreach>): ReadonlyArray<KeyBreach> =>
  breaches.length < 2
    ? breaches
    : keyDimensions.flatMap((dimension) => breaches.filter((b) => b.dimension === dimension))
