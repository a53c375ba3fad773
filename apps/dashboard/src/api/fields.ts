import { dimensionFields, dimensions, rejectReasons } from "@chaussettes/domain"
import { Schema } from "effect"

export const apiBase = "/api/v1"

/** Only what means something else there than in version 1: incidents. */
export const apiBase2 = "/api/v2"

export const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const Ms = Schema.Finite

export const Rate = Schema.Finite

export const DimensionSchema = Schema.Literals(dimensions)

export const SeveritySchema = Schema.Literals(["HIGH", "MEDIUM"])

export const perDimension = <S extends Schema.Constraint>(of: S) =>
  Schema.Struct(dimensionFields(of, Schema.optionalKey(of)))

/** Milliseconds in a query; a date of RFC 3339 would be easy to get wrong in a URL (its plus sign). */
const QueryMs = Schema.FiniteFromString.check(Schema.isBetween({ minimum: -8.64e15, maximum: 8.64e15 }))

export const queryInt = (minimum: number, maximum: number) =>
  Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))

export const span = { from: QueryMs, to: QueryMs }

/** A line of LOGS as it is shown. */
export const LineBody = Schema.Struct({
  seq: Count,
  line: Count,
  source: Schema.String,
  timeMs: Ms,
  status: Count,
  error: Schema.Boolean,
  /** The line as text; bytes that are not UTF-8 as `\xHH`. Control characters stand in it as they are: show it as text. */
  text: Schema.String
})

export const countsByReason = Schema.Struct(
  Object.fromEntries(rejectReasons.map((reason) => [reason, Schema.optionalKey(Count)])) as {
    readonly [reason in (typeof rejectReasons)[number]]: Schema.optionalKey<typeof Count>
  }
)

/** Every answer that is none: why, in one sentence, and what kind of failure for a program. */
export const ErrorResponse = Schema.Struct({
  error: Schema.Literals([
    "bad_request",
    "unauthorized",
    "forbidden",
    "not_found",
    "outdated",
    "too_much",
    "busy",
    "unavailable"
  ]),
  message: Schema.String,
  /** With `too_much`: how many lines the span holds. */
  lines: Schema.optionalKey(Count)
})
export type ErrorResponse = typeof ErrorResponse.Type
