import { causeDimensions, families, incidentKinds, incidentSchema, latencyFamilies } from "@chaussettes/domain"
import { Schema } from "effect"
import { Count, LineBody, Ms, queryInt, Rate, span } from "./fields.ts"

/** An event of INCIDENTS is handed on as it stands there; long keys are cut. */
const EventBody = Schema.Struct({
  schema: Schema.Literal(incidentSchema),
  id: Schema.String,
  type: Schema.Literals(["opened", "grew", "changed-cause", "closed"]),
  timestamp: Schema.String,
  /** In a silence that was told before its windows were decided: from when on no line was there. */
  silent_from: Schema.optionalKey(Schema.String),
  dimension: Schema.Literals(causeDimensions),
  kind: Schema.Literals(incidentKinds),
  severity: Schema.Literals(["LOW", "MEDIUM", "HIGH"]),
  message: Schema.String,
  cause: Schema.Struct({
    dimension: Schema.Literals(causeDimensions),
    key: Schema.NullOr(Schema.String),
    keys: Schema.Array(Schema.String),
    key_count: Count,
    share: Rate
  }),
  victims: Schema.Struct({ network: Count, url: Count, ip: Count }),
  opened_at: Schema.String,
  closed_at: Schema.optionalKey(Schema.String),
  closed_why: Schema.optionalKey(
    Schema.Literals(["recovered", "quiet", "accepted", "merged", "forgotten", "withdrawn"])
  ),
  requests: Count,
  errors: Count,
  clients: Count,
  windows: Count,
  /** In an incident of latency. */
  latency: Schema.optionalKey(
    Schema.Struct({ slow: Count, p50_us: Count, p95_us: Count, usual_p50_us: Count, usual_p95_us: Count })
  ),
  certificate: Schema.Struct({
    family: Schema.Literals([...families, ...latencyFamilies]),
    evidence: Rate,
    level: Rate,
    budget_weekly: Rate,
    budget_total_weekly: Rate,
    expected_rate: Rate,
    observed_rate: Rate,
    since: Schema.String,
    learnt_through: Schema.NullOr(Schema.String)
  })
})

/** An incident by its newest event. */
export const IncidentViewSchema = Schema.Struct({
  id: Schema.String,
  event: EventBody,
  openedMs: Ms,
  closedMs: Schema.NullOr(Ms),
  isOpen: Schema.Boolean,
  /** What people said of it; without names where lines need a token of their own. */
  marks: Schema.optionalKey(
    Schema.Struct({
      acknowledged: Schema.NullOr(Schema.Struct({ atMs: Ms, by: Schema.optionalKey(Schema.String) })),
      quiet: Schema.NullOr(
        Schema.Struct({
          type: Schema.Literals(["silence", "maintenance"]),
          untilMs: Ms,
          by: Schema.optionalKey(Schema.String)
        })
      )
    })
  )
})

export const DecidedQuery = Schema.Struct({
  ...span,
  kind: Schema.optionalKey(Schema.Literals(incidentKinds)),
  dimension: Schema.optionalKey(Schema.Literals(causeDimensions)),
  /** A part of a key of the cause. */
  key: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(2_048))),
  limit: Schema.optionalKey(queryInt(1, 1_000))
})
export type DecidedQuery = typeof DecidedQuery.Type

/** What was open in the span. */
export const DecidedResponse = Schema.Struct({
  incidents: Schema.Array(IncidentViewSchema),
  /** How many there are, also where fewer were asked for; at least so many where `partial`. */
  count: Count,
  partial: Schema.Boolean
})
export type DecidedResponse = typeof DecidedResponse.Type

const ClassCountsSchema = Schema.Struct({ total: Count, errors: Count })

export const IncidentResponse = Schema.Struct({
  incident: IncidentViewSchema,
  /** All that was told of it, in its order. */
  events: Schema.Array(EventBody),
  course: Schema.Struct({
    windows: Schema.Array(
      Schema.Struct({ startMs: Ms, endMs: Ms, site: ClassCountsSchema, cause: Schema.NullOr(ClassCountsSchema) })
    ),
    /** It goes on longer than is shown. */
    isCut: Schema.Boolean
  })
})
export type IncidentResponse = typeof IncidentResponse.Type

const ValueCounts = Schema.Struct({
  values: Schema.Array(Schema.Struct({ value: Schema.String, errors: Count })),
  /** How many different ones there are; at least so many where `isPartial`. */
  count: Count,
  isPartial: Schema.Boolean
})

export const IncidentLinesResponse = Schema.Struct({
  /** `part`: LOGS dropped some, or there are more than are read at once. */
  found: Schema.Literals(["all", "part", "gone"]),
  /** Requests of the cause while it lasted, and those of its errors that it is about. */
  total: Count,
  errors: Count,
  statuses: ValueCounts,
  urls: ValueCounts,
  clients: ValueCounts,
  networks: ValueCounts,
  agents: ValueCounts,
  shown: Schema.Array(LineBody)
})
export type IncidentLinesResponse = typeof IncidentLinesResponse.Type
