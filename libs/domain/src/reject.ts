/** Why a line could not be used. The set is closed: it names subjects, metrics and counters. */
export const rejectReasons = [
  "empty", // nothing stands in the line
  "too_long", // longer than the limit
  "control", // a control byte stands in it
  "prefix", // what stands before the time is not [virtual host] client ident user
  "client", // the client is neither an address nor a host name
  "time", // no time, or none that exists
  "request", // no quoted request, or it never ends
  "status", // not three digits from 100 to 599
  "size", // neither digits nor "-"
  "truncated", // the line ends inside a field
  "payload", // a message that is neither lines nor the JSON of a known shipper
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
