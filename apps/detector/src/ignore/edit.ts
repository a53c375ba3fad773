import { parseIgnore } from "@chaussettes/domain"

/*
 * The text of the bucket is the operator's own: whatever is not added or removed stays byte for byte, remarks among it.
 */

/** A remark at the end of a line, as `parseIgnore` passes it over. */
const remark = /(^|\s)#.*$/

export const rulesIn = (text: string): ReadonlyArray<string> => {
  const parsed = parseIgnore(text)
  return parsed.ok ? parsed.rules.map(({ name }) => name) : []
}

export type Edited =
  | { readonly _tag: "Edited"; readonly text: string }
  /** All is as it was asked for already. */
  | { readonly _tag: "Unchanged" }
  | { readonly _tag: "Unusable"; readonly reason: string }
  | { readonly _tag: "Unknown"; readonly rule: string }

/** Rules, each behind what stands, on a line of its own. */
export const withAdded = (text: string, added: ReadonlyArray<string>): Edited => {
  const standing = parseIgnore(text)
  if (!standing.ok) return { _tag: "Unusable", reason: standing.reason }
  const known = new Set(standing.rules.map(({ name }) => name))
  const more = added.filter((rule) => !known.has(rule))
  if (more.length === 0) return { _tag: "Unchanged" }
  const next = [...(text.trim() === "" ? [] : [text.replace(/\n$/, "")]), ...more].join("\n")
  const parsed = parseIgnore(next)
  return parsed.ok ? { _tag: "Edited", text: next } : { _tag: "Unusable", reason: parsed.reason }
}

/** Without these rules; a line of which nothing is left goes with its remark. One that cannot be used can be removed, too. */
export const withRemoved = (text: string, removed: ReadonlyArray<string>): Edited => {
  const found = new Set<string>()
  const lines = text.split("\n").flatMap((line) => {
    const behind = remark.exec(line)?.[0] ?? ""
    const parts = line.slice(0, line.length - behind.length).split(";")
    const kept = parts.filter((part) => {
      const takes = removed.includes(part.trim())
      if (takes) found.add(part.trim())
      return !takes
    })
    if (kept.length === parts.length) return [line]
    return kept.every((part) => part.trim() === "") ? [] : [`${kept.join(";").trim()}${behind}`]
  })
  const unknown = removed.find((rule) => !found.has(rule))
  return unknown === undefined ? { _tag: "Edited", text: lines.join("\n") } : { _tag: "Unknown", rule: unknown }
}
