import { type ErrorKinds, errorsIn, isClientError, isServerError, type Statuses } from "./statuses.ts"

/** Whether all lines of a kind count as errors. */
export interface KindsCounted {
  readonly client: boolean
  readonly server: boolean
}

/** What was worked out before: a window with a breach asks again for each dimension, and a set of a thousand statuses is behind each answer. */
const known = new Map<string, KindsCounted>()
const mostKnown = 32

/** By the text that says which statuses are errors. */
export const kindsCountedBy = (errors: string): KindsCounted => {
  const before = known.get(errors)
  if (before !== undefined) return before
  const set = errorsIn(errors)
  const has = (isOfKind: (status: number) => boolean) =>
    set.every((counts, status) => counts === 1 || !isOfKind(status))
  const counted = { client: has(isClientError), server: has(isServerError) }
  if (known.size >= mostKnown) known.clear()
  known.set(errors, counted)
  return counted
}

/** Statuses that are named of a kind, those of most lines first. */
const mostNamed = 3

const named = (statuses: Statuses, isOfKind: (status: number) => boolean): string => {
  const own: Array<readonly [status: number, lines: number]> = []
  for (let i = 0; i < statuses.length; i += 2) {
    if (isOfKind(statuses[i]!)) own.push([statuses[i]!, statuses[i + 1]!])
  }
  if (own.length === 0) return ""
  own.sort((a, b) => b[1] - a[1] || a[0] - b[0])
  const first = own.slice(0, mostNamed).map(([status]) => status)
  return ` (${first.join(", ")}${own.length > mostNamed ? ", …" : ""})`
}

const words = {
  en: {
    client: (n: number) => `${n} client error${n === 1 ? "" : "s"}`,
    server: (n: number) => `${n} server error${n === 1 ? "" : "s"}`
  },
  fr: {
    client: (n: number) => `${n} erreur${n === 1 ? "" : "s"} du client`,
    server: (n: number) => `${n} erreur${n === 1 ? "" : "s"} du serveur`
  }
} as const

/** How many of an alert's errors are the server's and the client's: `10 server errors (502, 504), 2 client errors (404)`. Empty where neither is told. */
export const kindsText = (
  language: "en" | "fr",
  kinds: ErrorKinds,
  counted: KindsCounted,
  statuses: Statuses
): string => {
  const w = words[language]
  return [
    ...(counted.server && kinds.server > 0 ? [w.server(kinds.server) + named(statuses, isServerError)] : []),
    ...(counted.client && kinds.client > 0 ? [w.client(kinds.client) + named(statuses, isClientError)] : [])
  ].join(", ")
}
