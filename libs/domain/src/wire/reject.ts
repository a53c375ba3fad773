/** Why a line could not be used. The set is closed: it names subjects, metrics and counters. */
export const rejectReasons = [
  "empty", // nothing stands in the line
  "too_long", // longer than the limit
  "control", // a control byte stands in it
  "prefix", // the text before the time is not [virtual host] client ident user, or a field of the format is missing
  "client", // the client is neither an address nor a host name, or it is one of two addresses
  "time", // no time, or none that exists
  "request", // no quoted request, or it never ends
  "status", // neither three digits from 100 to 999 nor "-"
  "size", // neither digits nor "-"
  "truncated", // the line ends inside a field
  "payload", // neither a line nor JSON that can be read
  "format", // whole, but of no format that has the fields of a request
  "ambiguous", // a quote that nobody escaped, behind which two readings say two things
  "future", // ahead of the time at which it was stored by more than is allowed
  "late" // its window was decided before it came
] as const

export type RejectReason = (typeof rejectReasons)[number]

export const rejectSchema = "chaussettes.reject.v1"

/** One message of the stream REJECTS, on `rejects.<reason>`: which line, why, and its first bytes. */
export interface Reject {
  readonly schema: typeof rejectSchema
  readonly reason: RejectReason
  readonly source: string
  readonly seq: number
  /** The line's place in its message, from 1. */
  readonly line: number
  readonly text: string
}
