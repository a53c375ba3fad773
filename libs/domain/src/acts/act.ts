import { Result } from "effect"
import type { IncidentKind } from "../incidents/event.ts"
import type { CauseDimension } from "../incidents/panes.ts"
import { acting } from "../text/visible-text.ts"
import { parseRfc3339, rfc3339 } from "../time.ts"
import { rangeOf } from "./range.ts"

export const actSchema = "chaussettes.act.v1"

export const actTypes = ["acknowledge", "silence", "maintenance", "note", "lift"] as const
export type ActType = (typeof actTypes)[number]

/** Every bound of an act, and of what is kept of all of them (see `Acts`). */
export const actLimits = {
  textChars: 1_000,
  byChars: 100,
  idChars: 100,
  keyChars: 2_048,
  /** A silence or maintenance begins at most this long after it was said, and ends at most so long after it began. */
  longestMs: 366 * 86_400_000,
  /** A message of ACTS: all fields at their limits, escaped. */
  bytes: 32 * 1024,
  /** What `Acts` keeps, each time the newest. */
  incidentsKept: 20_000,
  notesAnIncident: 100,
  quietKept: 2_000,
  liftsKept: 20_000
} as const

/** Which incidents a silence is about: those that all of it fits. */
export interface ActMatch {
  readonly kind?: IncidentKind
  readonly dimension?: CauseDimension
  /** A URL, a client's address or name, or a network. */
  readonly key?: string
}

/** One message of the stream ACTS, on `acts.<type>`: what a person said about incidents. The order of the fields is the order on the wire. */
export interface Act {
  readonly schema: typeof actSchema
  readonly id: string
  readonly type: ActType
  /** When it was said. */
  readonly at: string
  /** Who said it, by their own word. */
  readonly by: string
  /** The incident's id, where it is about one. */
  readonly incident?: string
  readonly match?: ActMatch
  /** The first moment of a silence or maintenance, and the first one behind it. */
  readonly from?: string
  readonly until?: string
  readonly text?: string
  /** The act that holds no longer, from `at` on. */
  readonly lifts?: string
}

/** `acts.silence` */
export const actSubject = ({ type }: Pick<Act, "type">): string => `acts.${type}`

/** `silence.20261128T101500Z.9f3a1c2b`: short enough to type. `token` makes it unique. */
export const actId = (type: ActType, atMs: number, token: string): string =>
  `${type}.${rfc3339(Math.floor(atMs / 1000) * 1000).replace(/[-:]/g, "")}.${token}`

/** In the order of the wire, whatever the order of the fields in hand. */
export const encodeAct = (act: Act): string => {
  const { schema, id, type, at, by, incident, match, from, until, text, lifts } = act
  return JSON.stringify({ schema, id, type, at, by, incident, match, from, until, text, lifts })
}

/** A text that may stand in an act: something, within its limit, and nothing in it that acts on a terminal. */
const isPlain = (text: string, mostChars: number): boolean =>
  text.trim() !== "" && text.length <= mostChars && text.search(acting) < 0

const idForm = /^[\x21-\x7e]+$/
const isId = (text: string): boolean => text.length <= actLimits.idChars * 3 && idForm.test(text)

/** What an act says, without what every act has. */
export type Said = Pick<Act, "type" | "incident" | "match" | "from" | "until" | "text" | "lifts">

/**
 * What is wrong with an act, in words that follow its field's name; undefined of one that may be stored. Who writes an act and who reads one asks
 * this: what a stranger wrote into ACTS is no act.
 */
export const faultOfAct = (act: Omit<Act, "schema">): string | undefined => {
  const { id, type, at, by, incident, match, from, until, text, lifts } = act
  if (!isId(id) || id.length > actLimits.idChars)
    return `id: expected at most ${actLimits.idChars} plain characters without spaces`
  if (!isPlain(by, actLimits.byChars)) return `by: expected a name of 1 to ${actLimits.byChars} plain characters`
  if (incident !== undefined && !isId(incident)) return "incident: expected the id of an incident"
  if (lifts !== undefined && !(isId(lifts) && lifts.length <= actLimits.idChars))
    return "lifts: expected the id of an act"
  if (text !== undefined && !isPlain(text, actLimits.textChars))
    return `text: expected 1 to ${actLimits.textChars} plain characters on one line`
  const misplaced = misplacedField(act)
  if (misplaced !== undefined) return misplaced
  const unmatched = match === undefined ? undefined : faultOfMatch(match)
  if (unmatched !== undefined) return unmatched
  const atMs = parseRfc3339(at)
  if (atMs === undefined) return "at: expected an RFC 3339 time"
  return type === "silence" || type === "maintenance" ? faultOfSpan(atMs, from, until) : undefined
}

/** What a person says, as an act; fails with what is wrong with it. `token` makes its id unique. */
export const actOf = (
  said: Said,
  { by, atMs, token }: { readonly by: string; readonly atMs: number; readonly token: string }
): Result.Result<Act, string> => {
  const act: Act = { schema: actSchema, id: actId(said.type, atMs, token), at: rfc3339(atMs), by, ...said }
  const fault = faultOfAct(act)
  return fault === undefined ? Result.succeed(act) : Result.fail(fault)
}

type Field = "incident" | "match" | "from" | "until" | "text" | "lifts"

/** Which fields each type has: those it must have, and those it may have. */
const fieldsOf: {
  readonly [type in ActType]: { readonly must: ReadonlyArray<Field>; readonly may: ReadonlyArray<Field> }
} = {
  acknowledge: { must: ["incident"], may: ["text"] },
  silence: { must: ["from", "until"], may: ["incident", "match", "text"] },
  maintenance: { must: ["from", "until"], may: ["text"] },
  note: { must: ["incident", "text"], may: [] },
  lift: { must: ["lifts"], may: ["text"] }
}
const fields: ReadonlyArray<Field> = ["incident", "match", "from", "until", "text", "lifts"]

const misplacedField = (act: Said): string | undefined => {
  const { must, may } = fieldsOf[act.type]
  for (const field of fields) {
    const isThere = act[field] !== undefined
    if (!isThere && must.includes(field)) return `${field}: missing from an act of the type ${act.type}`
    if (isThere && !must.includes(field) && !may.includes(field)) return `${field}: not a field of the type ${act.type}`
  }
  return act.type === "silence" && (act.incident === undefined) === (act.match === undefined)
    ? "match: a silence names either one incident or what it matches"
    : undefined
}

const faultOfMatch = ({ kind, dimension, key }: ActMatch): string | undefined => {
  if (kind === undefined && dimension === undefined && key === undefined)
    return "match: expected a kind, a dimension or a key (to silence everything, declare a maintenance)"
  if (key === undefined) return undefined
  if (!isPlain(key, actLimits.keyChars)) return `key: expected 1 to ${actLimits.keyChars} plain characters`
  if (!key.startsWith("/") && key.includes("/") && rangeOf(key) === undefined)
    return "key: expected a URL that begins with /, an address, a name or a network such as 192.0.2.0/24"
  return undefined
}

const faultOfSpan = (atMs: number, from: string | undefined, until: string | undefined): string | undefined => {
  const [fromMs, untilMs] = [parseRfc3339(from!), parseRfc3339(until!)]
  if (fromMs === undefined) return "from: expected an RFC 3339 time"
  if (untilMs === undefined) return "until: expected an RFC 3339 time"
  if (untilMs <= fromMs) return "until: it must be after the beginning"
  if (untilMs - fromMs > actLimits.longestMs) return "until: at most a year after the beginning"
  return fromMs - atMs > actLimits.longestMs ? "from: at most a year from now" : undefined
}
