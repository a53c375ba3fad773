import { encodeRecord, type WindowRecord } from "@chaussettes/domain"
import type { Differences } from "./differences.ts"
import type { StoredRecord } from "./record.ts"

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
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every(
    (key) => key in b && sameJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
  )
}
