import {
  areErrors,
  type ClosedBy,
  type DetectionSettings,
  declarationOf,
  defaultDimensions,
  dimensions,
  dimensionsIn,
  isLineReading,
  keyDimensions,
  mapKeyDimensions,
  parseRfc3339,
  type Rules,
  recordSchema,
  revisionSchema,
  type SinceLast,
  type Statuses,
  settingsOfRules,
  type ThresholdsInForce,
  thresholdFromJson,
  type WindowRecord
} from "@chaussettes/domain"

/** A record of WINDOWS that can be worked with. */
export interface StoredRecord {
  readonly seq: number
  /** The bytes as they are stored. */
  readonly data: string
  readonly record: WindowRecord
  readonly startMs: number
  readonly endMs: number
  readonly decidedThroughMs: number
  readonly lateBeforeMs: number
  readonly rulesKey: string
  readonly settings: DetectionSettings
}

/** What the records before have in common with the next one, nearly always: thresholds and rules, as text and read. */
interface Common {
  readonly text: string
  readonly thresholds: ThresholdsInForce
  readonly rules: Rules
  readonly rulesText: string
  readonly windowMs: number
  readonly rulesKey: string
  readonly settings: DetectionSettings
}

/** A record up to its thresholds, as the detector writes it: no other bytes that mean the same, and none that are no JSON. */
const head = (() => {
  const time = '"([0-9TZ:.-]*)"'
  const number = "(0|[1-9]\\d{0,14})"
  const keys = keyDimensions
    .map((dimension, i) => {
      const count = `${i === 0 ? "" : ","}"${dimension}":${number}`
      return declarationOf(dimension).onRequest ? `(?:${count})?` : count
    })
    .join("")
  const whole = "(?:0|[1-9]\\d{0,14})"
  return new RegExp(
    `\\{"schema":"([a-z0-9.]*)","start":${time},"end":${time},"through_seq":${number},"resume_seq":${number},` +
      `(?:"open_seq":${number},)?(?:"logs_created":${time},)?"decided_through":${time},(?:"late_before":${time},)?"closed_by":"([a-z]*)",` +
      `"total":${number},"errors":${number},` +
      `(?:"client_errors":${number},"server_errors":${number},"statuses":(\\[(?:${whole}(?:,${whole})*)?\\]),)?` +
      `"keys":\\{${keys}\\},`,
    "y"
  )
})()
const behindRules = '"breaches":'
const optionalTailFields: ReadonlySet<string> = new Set(["learnt", "incidents", "bots", "overflow", "measures"])
const tailFields = ["breaches", "suppressed", "since_last", "top"] as const
type RestOfRecord = Pick<
  WindowRecord,
  "breaches" | "suppressed" | "learnt" | "incidents" | "since_last" | "bots" | "overflow" | "top" | "measures"
>

/**
 * Reads records. Every record of the span passes here, and nothing must wait for it: so there is no schema's interpreter, and of a record that
 * says the same as the one before of thresholds and rules, in the same bytes, only the rest is read.
 */
export class RecordReader {
  #common: Common | undefined
  #tailText = ""
  #tail: RestOfRecord | undefined
  #statusesText = "[]"
  #statuses: Statuses = []

  /** The record, or why it is none. */
  read(seq: number, data: string): StoredRecord | string {
    const record = this.#next(data) ?? objectOf(data)
    if (typeof record === "string") return record
    if (record.schema !== recordSchema && record.schema !== revisionSchema) return `its schema is not ${recordSchema}`
    if ((record.schema === revisionSchema) !== isRevision(record.revision)) return "it does not say what it adds"
    const startMs = timeOf(record.start)
    const endMs = timeOf(record.end)
    const decidedThroughMs = record.decided_through === record.end ? endMs : timeOf(record.decided_through)
    const lateBeforeMs = record.late_before === undefined ? decidedThroughMs : timeOf(record.late_before)
    if (startMs === undefined || endMs === undefined) return "it has no times"
    if (decidedThroughMs === undefined || lateBeforeMs === undefined) return "it has no times"
    if (endMs <= startMs) return "its window ends before it begins"
    if (!isNatural(record.through_seq) || !isNatural(record.resume_seq)) return "it has no sequences"
    if (!areCounters(record.since_last)) return "it has no usable counters"
    const common = this.#commonOf(record, endMs - startMs, data)
    if (typeof common === "string") return common
    const { rulesKey, settings } = common
    return { seq, data, record, startMs, endMs, decidedThroughMs, lateBeforeMs, rulesKey, settings }
  }

  /** A record that has in common with the ones before what they have; undefined for any other, which has to be read whole. */
  #next(data: string): WindowRecord | undefined {
    const common = this.#common
    if (common === undefined) return undefined
    head.lastIndex = 0
    const found = head.exec(data)
    if (found === null || !data.startsWith(common.text, head.lastIndex)) return undefined
    const tail = this.#tailOf(data.slice(head.lastIndex + common.text.length - behindRules.length))
    if (tail === undefined) return undefined
    const [
      ,
      schema,
      start,
      end,
      throughSeq,
      resumeSeq,
      open,
      logs,
      decidedThrough,
      late,
      closedBy,
      total,
      errors,
      client,
      server,
      statuses,
      ...keys
    ] = found
    const { breaches, suppressed, learnt, incidents, since_last, bots, overflow, top, measures } = tail
    return {
      schema: schema as typeof recordSchema,
      start: start!,
      end: end!,
      through_seq: Number(throughSeq),
      resume_seq: Number(resumeSeq),
      ...(open === undefined ? undefined : { open_seq: Number(open) }),
      ...(logs === undefined ? undefined : { logs_created: logs }),
      decided_through: decidedThrough!,
      ...(late === undefined ? undefined : { late_before: late }),
      closed_by: closedBy as ClosedBy,
      total: Number(total),
      errors: Number(errors),
      ...(statuses === undefined
        ? undefined
        : { client_errors: Number(client), server_errors: Number(server), statuses: this.#statusesOf(statuses) }),
      keys: keysOf(keys),
      seuils: common.thresholds,
      rules: common.rules,
      breaches,
      suppressed,
      ...(learnt === undefined ? undefined : { learnt }),
      ...(incidents === undefined ? undefined : { incidents }),
      since_last,
      ...(bots === undefined ? undefined : { bots }),
      ...(overflow === undefined ? undefined : { overflow }),
      top,
      ...(measures === undefined ? undefined : { measures })
    }
  }

  /** They are often those of the window before, where windows have few lines. */
  #statusesOf(text: string): Statuses {
    if (text !== this.#statusesText) {
      this.#statuses = JSON.parse(text) as Statuses
      this.#statusesText = text
    }
    return this.#statuses
  }

  #tailOf(text: string): RestOfRecord | undefined {
    if (text === this.#tailText) return this.#tail
    const tail = objectOf(`{${text}`)
    // With anything more, or less, it is read whole.
    if (typeof tail === "string") return undefined
    const fields = Object.keys(tail).filter((field) => !optionalTailFields.has(field))
    if (fields.length !== tailFields.length || !tailFields.every((field) => field in tail)) return undefined
    this.#tailText = text
    this.#tail = tail
    return tail
  }

  #commonOf({ seuils: thresholds, rules }: WindowRecord, windowMs: number, data: string): Common | string {
    const before = this.#common
    if (
      before !== undefined &&
      before.thresholds === thresholds &&
      before.rules === rules &&
      before.windowMs === windowMs
    ) {
      return before
    }
    const on = isObject(rules?.least_requests) ? dimensionsIn(rules.least_requests) : defaultDimensions
    for (const dimension of on) {
      const threshold = thresholds?.[dimension]
      if (!isNatural(threshold?.revision) || !thresholdFromJson(threshold.value).ok)
        return `it has no usable threshold ${dimension}`
    }
    const rulesText = JSON.stringify(rules)
    const isSame = before !== undefined && before.rulesText === rulesText && before.windowMs === windowMs
    if (!isSame && !areRules(rules)) return "it has no usable rules"
    const common: Common = {
      text: `"seuils":${JSON.stringify(thresholds)},"rules":${rulesText},${behindRules}`,
      thresholds,
      rules,
      rulesText,
      windowMs,
      rulesKey: isSame ? before.rulesKey : `${windowMs} ${rulesText}`,
      settings: isSame ? before.settings : settingsOfRules(rules, windowMs)
    }
    // Of a record in other bytes nothing can be told by them.
    this.#common = data.includes(common.text) ? common : undefined
    return common
  }
}

/** The counts of keys, one for each dimension with keys; undefined of those that are not on. */
const keysOf = (counts: ReadonlyArray<string | undefined>): WindowRecord["keys"] =>
  mapKeyDimensions(
    (dimension) => Number(counts[keyDimensions.indexOf(dimension)]),
    keyDimensions.filter((_, i) => counts[i] !== undefined)
  )

const objectOf = (data: string): WindowRecord | string => {
  try {
    const json: unknown = JSON.parse(data)
    return typeof json === "object" && json !== null ? (json as WindowRecord) : "it is not an object"
  } catch {
    return "it is not JSON"
  }
}

const timeOf = (value: unknown): number | undefined => (typeof value === "string" ? parseRfc3339(value) : undefined)
const isNatural = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const areCounters = (since: SinceLast | undefined): boolean =>
  isObject(since) &&
  isNatural(since.late) &&
  isNatural(since.gap) &&
  isObject(since.rejected) &&
  isObject(since.late_by_source) &&
  (since.ignored === undefined || isObject(since.ignored))

const isObject = <A>(value: A | undefined): value is A & object => typeof value === "object" && value !== null

const isRevision = (revision: WindowRecord["revision"]): boolean =>
  isObject(revision) &&
  isNatural(revision.number) &&
  revision.number > 0 &&
  isNatural(revision.raised) &&
  isObject(revision.added) &&
  [revision.added.total, revision.added.errors, revision.added.first_seq, revision.added.last_seq].every(isNatural)

const areRules = (rules: Rules | undefined): boolean =>
  isObject(rules) &&
  ["path", "target"].includes(rules.url_key) &&
  ["en", "fr"].includes(rules.language) &&
  (rules.wording === undefined || rules.wording === 2) &&
  isNatural(rules.ipv6_prefix) &&
  rules.ipv6_prefix >= 1 &&
  (rules.errors === undefined || areErrors(rules.errors)) &&
  (rules.reading === undefined || isLineReading(rules.reading)) &&
  rules.ipv6_prefix <= 128 &&
  [rules.allowed_lateness_ms, rules.idle_ms, rules.max_behind_ms, rules.max_ahead_ms].every(isNatural) &&
  (rules.horizon_ms === undefined || isNatural(rules.horizon_ms)) &&
  (rules.lateness === undefined || rules.lateness === "learnt") &&
  (rules.source_offsets === undefined ||
    (isObject(rules.source_offsets) && Object.values(rules.source_offsets).every(Number.isFinite))) &&
  isObject(rules.least_requests) &&
  dimensions.every((dimension) => {
    const least = rules.least_requests[dimension]
    return least === undefined ? declarationOf(dimension).onRequest : isNatural(least)
  })
