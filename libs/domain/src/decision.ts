import { type Alert, type AlertLines, alertOf, keyText } from "./alert.ts"
import type { Dimension, KeyDimension } from "./dimension.ts"
import { compareBytes, type KeyTable } from "./key-table.ts"
import { limits } from "./limits.ts"
import { type ClosedBy, type Rules, recordSchema, type SinceLast, type TopKey, type WindowRecord } from "./record.ts"
import type { Seuil, SeuilInForce, SeuilsInForce } from "./seuils.ts"
import { rfc3339 } from "./time.ts"
import { judge } from "./verdict.ts"
import type { OpenWindow } from "./window.ts"

/** What is said of one window: its record and its alerts. Both follow from the window's lines, the seuils and the rules alone. */
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
  readonly logsCreated: string | undefined
  readonly decidedThroughMs: number
  readonly closedBy: ClosedBy
  readonly sinceLast: SinceLast
}

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
  (a.dimension === b.dimension ? 0 : a.dimension === "ip" ? -1 : 1) ||
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

/** Shows the keys that breach, and answers how many they are. */
const findBreaches = (
  dimension: KeyDimension,
  table: KeyTable,
  seuil: Seuil,
  leastRequests: number,
  to: WorstBreaches
): number => {
  let found = 0
  for (let index = 0; index < table.count; index++) {
    const errors = table.errors(index)
    if (errors === 0) continue
    if (judge(seuil, leastRequests, table.total(index), errors, table.missed(index)) !== "breach") continue
    found++
    to.show({ dimension, table, index })
  }
  return found
}

/** The keys with the most errors, worst first. */
const topOf = (table: KeyTable): ReadonlyArray<TopKey> => {
  const top: Array<number> = []
  for (let i = 0; i < table.count; i++) {
    if (table.errors(i) === 0) continue
    if (top.length === limits.topKeys && table.worse(i, top[top.length - 1]!) > 0) continue
    let at = top.length
    while (at > 0 && table.worse(i, top[at - 1]!) < 0) at--
    top.splice(at, 0, i)
    if (top.length > limits.topKeys) top.pop()
  }
  return top.map((i) => ({ key: keyText(table.key(i)), total: table.total(i), errors: table.errors(i) }))
}

const linesOf = (origin: Origin, first: number, last: number): AlertLines =>
  origin === "logs" ? { first_seq: first, last_seq: last } : { first_line: first, last_line: last }

/** Decides a window: counts against seuils. */
export const decide = (
  window: OpenWindow,
  seuils: SeuilsInForce,
  rules: Rules,
  origin: Origin,
  circumstances: Circumstances
): Omit<Decision, "recordSeq"> => {
  const { startMs, endMs } = window
  const globalBreach = judge(seuils.global.value, rules.least_requests.global, window.total, window.errors) === "breach"
  const worst = new WorstBreaches(limits.alertsAWindow - (globalBreach ? 1 : 0))
  const breaches = {
    global: globalBreach ? 1 : 0,
    ip: findBreaches("ip", window.ips, seuils.ip.value, rules.least_requests.ip, worst),
    url: findBreaches("url", window.urls, seuils.url.value, rules.least_requests.url, worst)
  }
  const alert = (
    dimension: Dimension,
    seuil: SeuilInForce,
    total: number,
    errors: number,
    lines: AlertLines,
    key?: Uint8Array
  ) =>
    alertOf({
      dimension,
      ...(key === undefined ? {} : { key }),
      startMs,
      windowMs: endMs - startMs,
      total,
      errors,
      seuil: seuil.value,
      revision: origin === "logs" ? seuil.revision : undefined,
      lines,
      language: rules.language
    })
  const alerts: Array<Alert> = []
  if (globalBreach) {
    const lines = linesOf(origin, window.firstSeq, window.lastSeq)
    alerts.push(alert("global", seuils.global, window.total, window.errors, lines))
  }
  for (const { dimension, table, index } of ipsFirst(worst.worst())) {
    const lines = linesOf(origin, table.firstSeq(index), table.lastSeq(index))
    alerts.push(alert(dimension, seuils[dimension], table.total(index), table.errors(index), lines, table.key(index)))
  }
  const forgotten = window.ips.forgotten.keys + window.urls.forgotten.keys > 0
  const record: WindowRecord = {
    schema: recordSchema,
    start: rfc3339(startMs),
    end: rfc3339(endMs),
    through_seq: circumstances.throughSeq,
    resume_seq: circumstances.resumeSeq,
    ...(circumstances.logsCreated === undefined ? {} : { logs_created: circumstances.logsCreated }),
    decided_through: rfc3339(circumstances.decidedThroughMs),
    closed_by: circumstances.closedBy,
    total: window.total,
    errors: window.errors,
    keys: { ip: window.ips.count, url: window.urls.count },
    seuils,
    rules,
    breaches,
    suppressed: breaches.global + breaches.ip + breaches.url - alerts.length,
    since_last: circumstances.sinceLast,
    ...(forgotten ? { overflow: { ip: { ...window.ips.forgotten }, url: { ...window.urls.forgotten } } } : {}),
    top: { ip: topOf(window.ips), url: topOf(window.urls) }
  }
  return { record, alerts }
}

/** In the order in which they are told: IPs before URLs, the worst of each first. */
const ipsFirst = (breaches: ReadonlyArray<KeyBreach>): ReadonlyArray<KeyBreach> => [
  ...breaches.filter((b) => b.dimension === "ip"),
  ...breaches.filter((b) => b.dimension === "url")
]
