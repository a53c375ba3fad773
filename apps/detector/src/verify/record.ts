import {
  type DetectionSettings,
  parseRfc3339,
  type Rules,
  recordSchema,
  settingsOfRules,
  seuilFromJson,
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
  readonly rulesKey: string
  readonly settings: DetectionSettings
}

/** Without a schema's interpreter: every record of the span passes here, and reading must not wait for it. */
export const readRecord = (seq: number, data: string): StoredRecord | string => {
  let json: unknown
  try {
    json = JSON.parse(data)
  } catch {
    return "it is no JSON"
  }
  if (typeof json !== "object" || json === null) return "it is no object"
  const record = json as WindowRecord
  if (record.schema !== recordSchema) return `its schema is not ${recordSchema}`
  const startMs = timeOf(record.start)
  const endMs = timeOf(record.end)
  const decidedThroughMs = timeOf(record.decided_through)
  if (startMs === undefined || endMs === undefined || decidedThroughMs === undefined) return "it has no times"
  if (endMs <= startMs) return "its window ends before it begins"
  if (!isNatural(record.through_seq) || !isNatural(record.resume_seq)) return "it has no sequences"
  const { seuils } = record
  for (const dimension of ["global", "ip", "url"] as const) {
    const seuil = seuils?.[dimension]
    if (!isNatural(seuil?.revision) || !seuilFromJson(seuil.value).ok) return `it has no usable seuil ${dimension}`
  }
  const known = settingsFor(record.rules, endMs - startMs)
  if (known === undefined) return "it has no usable rules"
  return { seq, data, record, startMs, endMs, decidedThroughMs, ...known }
}

const timeOf = (value: unknown): number | undefined => (typeof value === "string" ? parseRfc3339(value) : undefined)
const isNatural = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** The settings of the last record: nearly always those of the next one, too. */
let last: { readonly rulesKey: string; readonly settings: DetectionSettings } | undefined

const settingsFor = (rules: Rules | undefined, windowMs: number): typeof last => {
  const rulesKey = `${windowMs} ${JSON.stringify(rules)}`
  if (last?.rulesKey === rulesKey) return last
  if (rules === undefined || !areRules(rules)) return undefined
  last = { rulesKey, settings: settingsOfRules(rules, windowMs) }
  return last
}

const areRules = (rules: Rules): boolean =>
  typeof rules === "object" &&
  rules !== null &&
  ["path", "target"].includes(rules.url_key) &&
  ["en", "fr"].includes(rules.language) &&
  isNatural(rules.ipv6_prefix) &&
  rules.ipv6_prefix >= 1 &&
  rules.ipv6_prefix <= 128 &&
  [rules.allowed_lateness_ms, rules.idle_ms, rules.max_behind_ms, rules.max_ahead_ms].every(isNatural) &&
  (["global", "ip", "url"] as const).every((dimension) => isNatural(rules.least_requests?.[dimension]))
