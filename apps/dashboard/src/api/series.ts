import { Schema } from "effect"
import { Count, Ms, perDimension, queryInt, Rate, span } from "./fields.ts"

export const SeriesQuery = Schema.Struct({ ...span, points: Schema.optionalKey(queryInt(1, 5_000)) })

/** Columns, one entry a bucket that holds a window. */
export const SeriesResponse = Schema.Struct({
  fromMs: Ms,
  toMs: Ms,
  bucketMs: Count,
  windowMs: Count,
  exact: Schema.Boolean,
  /** Share of WINDOWS that has been read so far. */
  loaded: Rate,
  /** Older windows than `firstMs` are left out, for want of memory. */
  truncated: Schema.Boolean,
  /** Give it to `events?after=`: what follows is new. */
  position: Schema.String,
  /** End of the newest window; null before the first. */
  endMs: Schema.NullOr(Ms),
  firstMs: Schema.NullOr(Ms),
  startMs: Schema.Array(Ms),
  total: Schema.Array(Count),
  errors: Schema.Array(Count),
  /** Windows that have been decided of the bucket. */
  windows: Schema.Array(Count),
  /** Statuses 400 to 499, and 500 to 599, whatever counts as an error; as far as records tell them. */
  clientErrors: Schema.Array(Count),
  serverErrors: Schema.Array(Count),
  /** Between these lay the rate of the windows of eight tenths of the bucket's requests. */
  lowRate: Schema.Array(Schema.NullOr(Rate)),
  highRate: Schema.Array(Schema.NullOr(Rate)),
  leastRate: Schema.Array(Schema.NullOr(Rate)),
  greatestRate: Schema.Array(Schema.NullOr(Rate)),
  seuil: Schema.Array(Schema.NullOr(Rate)),
  breaches: perDimension(Schema.Array(Count)),
  unused: Schema.Array(Count)
})
export type SeriesResponse = typeof SeriesResponse.Type

/** The events of `events`: `id` is `<sequence in WINDOWS>.<sequence in ALERTS>`. */
export const WindowEvent = Schema.Struct({
  seq: Count,
  startMs: Ms,
  endMs: Ms,
  total: Count,
  errors: Count,
  clientErrors: Schema.optionalKey(Count),
  serverErrors: Schema.optionalKey(Count),
  seuil: Schema.NullOr(Rate),
  breaches: perDimension(Count),
  /** Late and rejected lines and lost messages that were counted with this window's records. */
  unused: Count,
  /** Present in a revision: what the window was before late lines came into it. */
  before: Schema.optionalKey(
    Schema.Struct({
      total: Count,
      errors: Count,
      clientErrors: Schema.optionalKey(Count),
      serverErrors: Schema.optionalKey(Count),
      breaches: perDimension(Count),
      unused: Count
    })
  )
})
export type WindowEvent = typeof WindowEvent.Type
