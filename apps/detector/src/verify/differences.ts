import { encodeRecord, type WindowRecord } from "@chaussettes/domain"
import type { StoredRecord } from "./record.ts"
import { type Later, laterIn } from "./stored.ts"

/** What WINDOWS, ALERTS or INCIDENTS holds too little, too much, or otherwise than LOGS gives it. */
export type Kind = "lost" | "extra" | "different"

/** One difference between what is stored and what was derived again. */
export interface Difference {
  readonly of: "window" | "alert" | "incident"
  readonly kind: Kind
  /** Start of the window; absent where only a sequence is known. */
  readonly window?: string
  /** Sequence in WINDOWS, ALERTS or INCIDENTS; absent where nothing is stored. */
  readonly seq?: number
  /** The id of the alert or the incident. */
  readonly id?: string
  /** The field that differs. */
  readonly field?: string
  readonly stored?: unknown
  readonly derived?: unknown
  /** What is the matter, where no two values say it. */
  readonly why?: string
}

export interface Counts {
  /** Compared and found to be the same. */
  same: number
  lost: number
  extra: number
  different: number
}

const isClean = ({ lost, extra, different }: Counts): boolean => lost + extra + different === 0

/** Whether all that was compared is the same. */
export const areClean = (of: {
  readonly windows: Counts
  readonly alerts: Counts
  readonly incidents: Counts
}): boolean => [of.windows, of.alerts, of.incidents].every(isClean)

const none = (): Counts => ({ same: 0, lost: 0, extra: 0, different: 0 })

/** The rest of a long value is of no use to anybody who looks for what differs. */
const longestChars = 1_000

const cut = (value: unknown): unknown => {
  if (value === undefined) return undefined
  const text = typeof value === "string" ? value : JSON.stringify(value)
  return text.length <= longestChars ? value : `${text.slice(0, longestChars)}…`
}

/** Counts all differences and keeps the first ones. */
export class Differences {
  readonly windows = none()
  readonly alerts = none()
  readonly incidents = none()
  readonly examples: Array<Difference> = []
  /** Undefined where all was written by versions that this one knows. */
  later: Later | undefined
  readonly #most: number
  /** How many windows and alerts the examples are of, and the last one of them. */
  #shown = 0
  #last = ""

  /** @param most of so many windows and alerts the differences are kept */
  constructor(most: number) {
    this.#most = most
  }

  count(of: Difference["of"], kind: Kind | "same", n = 1): void {
    const counts = { window: this.windows, alert: this.alerts, incident: this.incidents }
    counts[of][kind] += n
  }

  /** Keeps a difference as an example; it is counted apart from that, since one record may differ in several fields. */
  show(difference: Difference): void {
    const { stored, derived, ...rest } = difference
    const thing = `${rest.of} ${rest.kind} ${rest.window} ${rest.seq} ${rest.id}`
    if (thing !== this.#last) {
      if (this.#shown >= this.#most) return
      this.#shown++
      this.#last = thing
    }
    this.examples.push({
      ...rest,
      ...("stored" in difference ? { stored: cut(stored) } : {}),
      ...("derived" in difference ? { derived: cut(derived) } : {})
    })
  }

  /** Whether a later version has written it; the first of such is remembered. */
  isLater(of: Difference["of"], seq: number, data: string): boolean {
    const later = laterIn(of, seq, data)
    this.later ??= later
    return later !== undefined
  }

  /** Counts and keeps at once. */
  add(difference: Difference): void {
    this.count(difference.of, difference.kind)
    this.#last = ""
    this.show(difference)
  }
}

/**
 * Compares a stored record with the one that was derived again, byte by byte; where they differ, each field of the two is named.
 * Answers whether they are the same.
 */
export const compareRecord = (stored: StoredRecord, derived: WindowRecord, differences: Differences): boolean => {
  if (encodeRecord(derived) === stored.data) return true
  let found = 0
  const [theirs, ours] = [fieldsOf(stored.record), fieldsOf(derived)]
  for (const field of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    if (sameJson(theirs[field], ours[field])) continue
    found++
    differences.show({
      of: "window",
      kind: "different",
      window: stored.record.start,
      seq: stored.seq,
      field,
      stored: theirs[field] ?? null,
      derived: ours[field] ?? null
    })
  }
  if (found > 0) return false
  if (isCanonical(stored.data)) return true
  differences.show({
    of: "window",
    kind: "different",
    window: stored.record.start,
    seq: stored.seq,
    why: "it has the same values in other bytes than the detector writes"
  })
  return false
}

/** Whether the bytes are what the detector writes of this value, the order of the fields aside. */
const isCanonical = (data: string): boolean => JSON.stringify(JSON.parse(data)) === data

/** The fields of a record, its counters one by one. */
const fieldsOf = ({ since_last, ...record }: WindowRecord): { readonly [field: string]: unknown } => {
  const fields: { [field: string]: unknown } = { ...record }
  const counters: unknown = since_last
  if (typeof counters !== "object" || counters === null) return { ...fields, since_last: counters }
  for (const [key, value] of Object.entries(counters)) fields[`since_last.${key}`] = value
  return fields
}

/** Whether two values of JSON say the same; the order of an object's fields says nothing. */
const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every(
    (key) => key in b && sameJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
  )
}

export const objectOf = (data: string): { readonly [field: string]: unknown } | undefined => {
  try {
    const json: unknown = JSON.parse(data)
    return typeof json === "object" && json !== null ? (json as { readonly [field: string]: unknown }) : undefined
  } catch {
    return undefined
  }
}

interface Message {
  readonly subject: string
  readonly data: string
}

/** The fields in which a stored message differs from the one that was derived; undefined where it is not JSON. */
export const differingFields = (derived: Message, stored: Message) => {
  const theirs = objectOf(stored.data)
  if (theirs === undefined) return undefined
  const ours = objectOf(derived.data)!
  const fields = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])]
    .filter((field) => !sameJson(ours[field], theirs[field]))
    .map((field) => ({ field, stored: theirs[field] ?? null, derived: ours[field] ?? null }))
  return stored.subject === derived.subject
    ? fields
    : [...fields, { field: "subject", stored: stored.subject, derived: derived.subject }]
}
