import { Schema } from "effect"
import { Count, DimensionSchema, LineBody, Ms, queryInt, Rate, SeveritySchema, span } from "./fields.ts"

export const AlertsQuery = Schema.Struct({
  ...span,
  dimension: Schema.optionalKey(DimensionSchema),
  severity: Schema.optionalKey(SeveritySchema),
  /** A part of the address or the URL. */
  key: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(2_048))),
  limit: Schema.optionalKey(queryInt(1, 1_000)),
  /** Only alerts before this sequence: `next` of the answer before. */
  before: Schema.optionalKey(queryInt(1, Number.MAX_SAFE_INTEGER))
})
export type AlertsQuery = typeof AlertsQuery.Type

export const ExplainQuery = Schema.Struct({ lines: Schema.optionalKey(queryInt(0, 2_000)) })

/** Consecutive alerts of one key. */
export const IncidentSchema = Schema.Struct({
  id: Schema.String,
  dimension: DimensionSchema,
  key: Schema.NullOr(Schema.String),
  openedMs: Ms,
  lastMs: Ms,
  open: Schema.Boolean,
  alerts: Count,
  requests: Count,
  errors: Count,
  severity: SeveritySchema,
  worstId: Schema.String,
  worstRate: Rate,
  lastId: Schema.String
})

/** An alert is handed on as it stands in ALERTS. */
const AlertBody = Schema.Record(Schema.String, Schema.Unknown)

export const AlertsResponse = Schema.Struct({
  alerts: Schema.Array(Schema.Struct({ seq: Count, alert: AlertBody })),
  /** Ask with `before` for older ones; null when there are none. */
  next: Schema.NullOr(Count)
})

export const IncidentsResponse = Schema.Struct({
  incidents: Schema.Array(IncidentSchema),
  /** How many there are, also where fewer were asked for. */
  count: Count,
  /** How many alerts were looked through, and whether the span holds older ones that were not. */
  scanned: Count,
  partial: Schema.Boolean
})
export type IncidentsResponse = typeof IncidentsResponse.Type

export const ExplainResponse = Schema.Struct({
  alert: AlertBody,
  seq: Count,
  /** From how many errors on so many requests are an alert. */
  leastErrors: Count,
  closedBy: Schema.NullOr(Schema.Literals(["watermark", "idle", "punctuation", "limit", "late"])),
  lines: Schema.Struct({
    /** `all`: what was found is what the alert says. `part`, `gone`: LOGS dropped some, or all. `far`: too far apart to fetch here. */
    found: Schema.Literals(["all", "part", "gone", "far"]),
    total: Count,
    errors: Count,
    /** The lines by status; 0 for those without an answer. */
    statuses: Schema.Record(Schema.String, Count),
    /** Of the same pane: lines that came after the alert was raised. */
    later: Schema.Struct({ total: Count, errors: Count }),
    shown: Schema.Array(LineBody)
  }),
  course: Schema.Struct({
    /** Counted from the lines, or told by the records' lists of the worst keys. */
    from: Schema.Literals(["lines", "records"]),
    windows: Schema.Array(
      Schema.Struct({
        startMs: Ms,
        endMs: Ms,
        /** Null where nothing is known of the key. */
        total: Schema.NullOr(Count),
        errors: Schema.NullOr(Count),
        /** As a rate, for so many requests; null where so few never alert. */
        seuil: Schema.NullOr(Rate),
        alerted: Schema.Boolean
      })
    )
  })
})
export type ExplainResponse = typeof ExplainResponse.Type
