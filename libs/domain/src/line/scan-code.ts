import { type RejectReason, rejectReasons } from "../wire/reject.ts"

/** What a scan answers: 0 for a line that is right, else 1 + the place of its reason in `rejectReasons`. */
export type ScanCode = number

const code = (reason: RejectReason): ScanCode => rejectReasons.indexOf(reason) + 1

export const EMPTY = code("empty")
export const CONTROL = code("control")
export const PREFIX = code("prefix")
export const CLIENT = code("client")
export const TIME = code("time")
export const REQUEST = code("request")
export const STATUS = code("status")
export const SIZE = code("size")
export const TRUNCATED = code("truncated")
export const TOO_LONG = code("too_long")
export const PAYLOAD = code("payload")
export const FORMAT = code("format")
export const AMBIGUOUS = code("ambiguous")
/** Not a request, and nothing that could be one: a line that names columns, or a part of a line that goes on. */
export const ASIDE = 255

/** Truncated, of a line that is certainly one of Common or Combined up to there; known only between their readers. */
export const CUT = 254

export const reasonOf = (scan: ScanCode): RejectReason => rejectReasons[scan - 1]!
