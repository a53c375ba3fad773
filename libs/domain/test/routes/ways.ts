import { hashStep, Templates } from "../../src/index.ts"

/** Folds a path; what a way has learnt of others before it may know. */
export type Fold = (path: string) => string

/** As the scanner makes it. */
export const hashOf = (bytes: Uint8Array): number => bytes.reduce(hashStep, 1)

const onText =
  (templates: Templates): Fold =>
  (path) => {
    const bytes = Buffer.from(path, "latin1")
    return templates.fold(bytes, 0, bytes.length, hashOf(bytes))
      ? Buffer.from(templates.bytes.subarray(templates.start, templates.end)).toString("latin1")
      : path
  }

/** What `--url-templates auto` does. */
export const auto: Fold = onText(new Templates({ auto: 1 }, 1))

/** Numbers, UUIDs and long words of hexadecimal digits, and nothing else. */
export const numbersAlone: Fold = (path) =>
  path.replaceAll(/(?<=\/)(\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,})(?=\/|$)/g, ":id")

/** A segment with more siblings than `most` is folded, with all of them, but for the first one: needs to have seen them, and to keep them. */
export const bySiblings = (most: number, seen: Iterable<string>): Fold => {
  const children = new Map<string, Set<string>>()
  const walk = (path: string): string => {
    let prefix = ""
    for (const segment of path.slice(1).split("/")) {
      const known = children.get(prefix) ?? new Set()
      children.set(prefix, known.add(segment))
      prefix += known.size > most && prefix !== "" ? "/:id" : `/${segment}`
    }
    return prefix
  }
  // Twice: what comes before the siblings are known is folded as what comes after it.
  for (const _ of [1, 2]) for (const path of seen) walk(path)
  return walk
}
