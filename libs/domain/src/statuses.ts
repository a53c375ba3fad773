import {
  type Dimension,
  declarationOf,
  dimensions,
  type KeyDimension,
  keyDimensions,
  mapDimensions,
  type PerDimension
} from "./dimension.ts"

/*
 * Which statuses count as errors, as text: terms of which the first says what counts, and each further one adds (`+`) or takes away (`-`).
 *
 *   5xx   404   400..499   >=400   400..   none   4xx-404   5xx+429
 *
 * A status is what the line says, cut to three digits: 404.0 is 404, 499 and 444 are client errors as all from 400 to 499, 999 is of no class.
 * `none` is a line without a status (`-`, `0`, `000`, `-1`): no answer was sent.
 */

/** Statuses are below. */
const statusesEnd = 1000

const noAnswer = 0
const leastStatus = 100

/** Lines that are client errors, and server errors. */
export interface ErrorKinds {
  readonly client: number
  readonly server: number
}

export type StatusesParsed =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly reason: string }

type Span = readonly [first: number, last: number]

const spanOf = (term: string): Span | undefined => {
  if (term === "none" || term === "0") return [noAnswer, noAnswer]
  const wanted = /^(?:([1-9])xx|(?:>=)?([1-9]\d\d)|([1-9]\d\d)\.\.([1-9]\d\d)?)$/.exec(term.toLowerCase())
  if (wanted === null) return undefined
  const [, digit, one, first, last] = wanted
  if (digit !== undefined) return [Number(digit) * 100, Number(digit) * 100 + 99]
  if (one !== undefined) return [Number(one), term.startsWith(">=") ? statusesEnd - 1 : Number(one)]
  const span: Span = [Number(first), last === undefined ? statusesEnd - 1 : Number(last)]
  return span[0] <= span[1] ? span : undefined
}

const setOf = (text: string): Uint8Array | string => {
  const set = new Uint8Array(statusesEnd)
  const terms = text.trim().split(/([+-])/)
  for (let i = 0; i < terms.length; i += 2) {
    const term = terms[i]!.trim()
    const span = spanOf(term)
    if (span === undefined) return term === "" ? "a term is missing" : `${term} is no status`
    set.fill(terms[i - 1] === "-" ? 0 : 1, span[0], span[1] + 1)
  }
  return set.includes(1) ? set : "no status is left"
}

const termOf = ([first, last]: Span): string => {
  if (first === noAnswer) return "none"
  if (first === last) return `${first}`
  if (last === statusesEnd - 1) return `>=${first}`
  return first % 100 === 0 && last === first + 99 ? `${first / 100}xx` : `${first}..${last}`
}

/** Spans of statuses in a set, in their order; a class is told as one. */
const spansOf = (set: Uint8Array): ReadonlyArray<Span> => {
  const spans: Array<Span> = set[noAnswer] === 1 ? [[noAnswer, noAnswer]] : []
  for (let first = set.indexOf(1, leastStatus); first >= 0; ) {
    const behind = set.indexOf(0, first)
    const end = behind < 0 ? statusesEnd : behind
    spans.push([first, end - 1])
    first = set.indexOf(1, end)
  }
  return spans
}

/** Reads which statuses count; the value says the same in the one way in which records have it. */
export const parseStatuses = (text: string): StatusesParsed => {
  const set = setOf(text)
  return typeof set === "string" ? { ok: false, reason: set } : { ok: true, value: spansOf(set).map(termOf).join("+") }
}

const allErrors = ">=400"

/** By the contract of the system that this one replaces. */
export const defaultErrors: PerDimension<string> = mapDimensions(() => allErrors)

/** Which statuses count as errors of a dimension that is on. */
export const errorsOf = (errors: PerDimension<string>, dimension: Dimension): string => errors[dimension] ?? allErrors

/** Whether this is what rules say of errors. */
export const areErrors = (json: unknown): json is PerDimension<string> =>
  typeof json === "object" &&
  json !== null &&
  dimensions.every((dimension) => {
    const text = (json as { readonly [dimension in Dimension]?: unknown })[dimension]
    if (text === undefined) return declarationOf(dimension).onRequest
    return typeof text === "string" && parseStatuses(text).ok
  })

/** What a line counts as under a key: bits of a mark. */
export const ERROR = 1
export const CLIENT_ERROR = 2
export const SERVER_ERROR = 4

export const isClientError = (status: number): boolean => status >= 400 && status < 500
export const isServerError = (status: number): boolean => status >= 500 && status < 600

/** Where in a fate the mark of a dimension begins: four bits for each, of which a number has room for five. */
export const markShift = (dimension: KeyDimension): number => 12 + 4 * keyDimensions.indexOf(dimension)

/**
 * All that a status means in one number: its place among the counts of a window (`StatusCounts`), whether it is an error for all traffic, and its
 * marks under a key of each dimension. One look into this table is all that a line costs.
 */
export const fatesOf = (errors: PerDimension<string>): Uint32Array => {
  const fates = new Uint32Array(statusesEnd)
  const global = errorsIn(errors.global)
  const sets = keyDimensions.map((dimension) => [markShift(dimension), errorsIn(errorsOf(errors, dimension))] as const)
  for (let status = 0; status < statusesEnd; status++) {
    const kind = isClientError(status) ? CLIENT_ERROR : isServerError(status) ? SERVER_ERROR : 0
    let fate = placeOfStatus[status]! | (global[status]! << 10)
    for (const [shift, set] of sets) fate |= (kind | set[status]!) << shift
    fates[status] = fate
  }
  return fates
}

/** 1 for each status that counts. */
export const errorsIn = (text: string): Uint8Array => {
  const set = setOf(text)
  if (typeof set === "string") throw new Error(`"${text}" does not say which statuses are errors: ${set}`)
  return set
}

export const globalError = (fate: number): number => (fate >>> 10) & 1
/** By constants, as each line asks for these two. */
export const ipMark = (fate: number): number => (fate >>> 12) & 7
/** Whether it is of the 4xx or the 5xx, whatever counts as an error. */
export const isHttpFailure = (fate: number): boolean => (ipMark(fate) & (CLIENT_ERROR | SERVER_ERROR)) !== 0
export const urlMark = (fate: number): number => (fate >>> 16) & 7
/** @param shift by `markShift` */
export const markAt = (fate: number, shift: number): number => (fate >>> shift) & 7

/** Statuses that servers send most come first, so that the counts of nearly all windows fit into a few bytes. */
const frequent = [
  200, 404, 304, 301, 302, 206, 500, 403, 499, 502, 503, 204, 400, 401, 201, 504, 0, 429, 405, 307, 308, 202, 101, 408,
  410, 416, 422, 303, 409, 413, 444, 501
]
const byPlace: ReadonlyArray<number> = [
  ...frequent,
  ...Array.from({ length: statusesEnd }, (_, status) => status).filter((status) => !frequent.includes(status))
]
const placeOfStatus = new Uint32Array(statusesEnd)
for (const [place, status] of byPlace.entries()) placeOfStatus[status] = place

/**
 * Lines by status: pairs of a status and how many lines have it, the statuses rising; 0 stands for lines without an answer. No object, for which an
 * engine would make room for all numbers below.
 */
export type Statuses = ReadonlyArray<number>

/** Counts lines by their exact status: there are no more than a thousand, and a window has room for those up to the rarest that it has seen. */
export class StatusCounts {
  #counts = new Uint32Array(16)

  /** @param fate what the status means, by `fatesOf` */
  add(fate: number): void {
    const counts = this.#counts
    const place = fate & 0x3ff
    if (place < counts.length) counts[place]!++
    else this.#addRare(place)
  }

  clear(): void {
    this.#counts.fill(0)
  }

  byStatus(): Statuses {
    const pairs: Array<number> = []
    const counts = this.#counts
    for (let place = 0; place < counts.length; place++) {
      if (counts[place] === 0) continue
      const status = byPlace[place]!
      let at = pairs.length
      for (; at > 0 && pairs[at - 2]! > status; at -= 2) {
        pairs[at] = pairs[at - 2]!
        pairs[at + 1] = pairs[at - 1]!
      }
      pairs[at] = status
      pairs[at + 1] = counts[place]!
    }
    return pairs
  }

  #addRare(place: number): void {
    const counts = new Uint32Array(2 ** Math.ceil(Math.log2(place + 1)))
    counts.set(this.#counts)
    counts[place] = 1
    this.#counts = counts
  }
}

/** How many of the lines are client errors and server errors. */
export const kindsIn = (statuses: Statuses): ErrorKinds => {
  let [client, server] = [0, 0]
  for (let i = 0; i < statuses.length; i += 2) {
    if (isClientError(statuses[i]!)) client += statuses[i + 1]!
    else if (isServerError(statuses[i]!)) server += statuses[i + 1]!
  }
  return { client, server }
}
