import { sameJson } from "./differences.ts"

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
