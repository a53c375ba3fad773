import { keyDimensionFields, keyDimensions } from "@chaussettes/domain"
import { Schema } from "effect"
import { Count, type ErrorResponse, LineBody, Ms, queryInt, span } from "./fields.ts"

export const ExploreQuery = Schema.Struct({
  ...span,
  points: Schema.optionalKey(queryInt(1, 5_000)),
  /** Only lines of this key; with `key`. */
  dimension: Schema.optionalKey(Schema.Literals(keyDimensions)),
  key: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(2_048))),
  /** By which errors keys are put in order, and which lines are shown first. */
  class: Schema.optionalKey(Schema.Literals(["errors", "4xx", "5xx"])),
  /** Only keys that contain this text, whatever its case. */
  find: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(2_048))),
  limit: Schema.optionalKey(queryInt(1, 1_000)),
  lines: Schema.optionalKey(queryInt(0, 2_000))
})
export type ExploreQuery = typeof ExploreQuery.Type

const Counted = Schema.Struct({
  /** Not exact where there were more keys than are counted: then each may have had more. */
  exact: Schema.Boolean,
  /** Different keys, or how many there were at least. */
  distinct: Count,
  keys: Schema.Array(
    Schema.Struct({ key: Schema.String, total: Count, errors: Count, clientErrors: Count, serverErrors: Count })
  )
})

/** What was counted from the lines of a span. */
export const ExploreResponse = Schema.Struct({
  fromMs: Ms,
  toMs: Ms,
  bucketMs: Count,
  total: Count,
  errors: Count,
  clientErrors: Count,
  serverErrors: Count,
  /** Requests of the span that LOGS no longer holds. */
  missing: Count,
  /** The lines by status; 0 for those without an answer. */
  statuses: Schema.Record(Schema.String, Count),
  course: Schema.Struct({
    startMs: Schema.Array(Ms),
    total: Schema.Array(Count),
    errors: Schema.Array(Count),
    clientErrors: Schema.Array(Count),
    serverErrors: Schema.Array(Count)
  }),
  top: Schema.Struct(keyDimensionFields(Counted, Schema.optionalKey(Counted))),
  /** Null where lines were not asked for. */
  lines: Schema.NullOr(Schema.Array(LineBody))
})
export type ExploreResponse = typeof ExploreResponse.Type

/** One line of the answer: how far the count is, in messages of LOGS; in the end what was counted, or why it was not. */
export type ExploreEvent =
  | { readonly read: number; readonly of: number }
  | { readonly counted: ExploreResponse }
  | { readonly problem: ErrorResponse }

export const TopQuery = Schema.Struct({ ...span, limit: Schema.optionalKey(queryInt(1, 100)) })

const TopKeys = Schema.Array(
  Schema.Struct({
    key: Schema.String,
    total: Count,
    errors: Count,
    clientErrors: Count,
    serverErrors: Count,
    windows: Count
  })
)

export const TopResponse = Schema.Struct({
  ...keyDimensionFields(TopKeys, Schema.optionalKey(TopKeys)),
  /** Whole hours or days were counted, so that the span is a little longer than asked. */
  coarse: Schema.Boolean
})
export type TopResponse = typeof TopResponse.Type
