import { Schema } from "effect"
import { IncidentSchema } from "./alerts.ts"
import { Count, countsByReason, Ms, perDimension, Rate } from "./fields.ts"
import { IncidentViewSchema } from "./incidents.ts"

const ThresholdSchema = Schema.Union([
  Rate,
  Schema.Struct({ rate: Rate, least_errors: Schema.Array(Schema.Tuple([Count, Count])) })
])

const ThresholdStatusSchema = Schema.Struct({
  value: ThresholdSchema,
  rate: Rate,
  table: Schema.Boolean,
  revision: Count,
  /** Give it to `thresholds`: what stands in the bucket, also where that is not in force. */
  bucketRevision: Count,
  sinceMs: Ms,
  refused: Schema.NullOr(Schema.String)
})

const IgnoreStatusSchema = Schema.Struct({
  rules: Count,
  revision: Count,
  sinceMs: Ms,
  refused: Schema.NullOr(Schema.String)
})

const FormatsStatusSchema = Schema.Struct({
  sources: Count,
  revision: Count,
  sinceMs: Ms,
  refused: Schema.NullOr(Schema.String)
})

const SourceRecentlySchema = Schema.Struct({
  lines: Count,
  withoutVerdict: Count,
  delayMs: Schema.NullOr(Ms),
  delayP90Ms: Schema.NullOr(Ms),
  disorderMs: Schema.NullOr(Ms),
  latenessMs: Ms,
  usualGapMs: Ms,
  offsetMs: Ms,
  clock: Schema.NullOr(Schema.Struct({ kind: Schema.Literals(["zone", "fast", "slow"]), ahead_ms: Ms }))
})

export const StatusResponse = Schema.Struct({
  atMs: Ms,
  unreachable: Schema.NullOr(Schema.Struct({ sinceMs: Ms, why: Schema.String })),
  detector: Schema.Struct({
    state: Schema.Literals(["running", "silent", "never"]),
    holder: Schema.NullOr(Schema.String),
    generation: Count,
    renewedMs: Schema.NullOr(Ms),
    notReady: Schema.Array(Schema.String)
  }),
  newest: Schema.NullOr(Schema.Struct({ endMs: Ms, windowMs: Count, decidedThroughMs: Ms })),
  oldestMs: Schema.NullOr(Ms),
  linesPerSecond: Rate,
  errorRate: Schema.NullOr(Rate),
  lagMessages: Schema.NullOr(Count),
  lagLeftMs: Schema.NullOr(Schema.Finite),
  recent: Schema.NullOr(
    Schema.Struct({
      spanMs: Ms,
      total: Schema.Struct({ lines: Count, revised: Count, late: Count, rejected: countsByReason }),
      offClock: Count
    })
  ),
  lastHour: Schema.Struct({
    requests: Count,
    errors: Count,
    clientErrors: Count,
    serverErrors: Count,
    statuses: Schema.Record(Schema.String, Count),
    late: Count,
    gap: Count,
    suppressed: Count,
    ignored: Count,
    rejected: countsByReason
  }),
  logs: Schema.NullOr(Schema.Struct({ firstSeq: Count, lastSeq: Count, bytes: Count })),
  sources: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      lastEventMs: Schema.NullOr(Ms),
      lastSeenMs: Ms,
      ended: Schema.Boolean,
      recent: Schema.NullOr(SourceRecentlySchema)
    })
  ),
  seuils: perDimension(Schema.NullOr(ThresholdStatusSchema)),
  ignore: Schema.NullOr(IgnoreStatusSchema),
  formats: Schema.NullOr(FormatsStatusSchema),
  formatChanges: Schema.Array(
    Schema.Struct({ source: Schema.String, was: Schema.String, now: Schema.String, atMs: Ms })
  ),
  unknownKeys: Schema.Array(Schema.Struct({ bucket: Schema.String, key: Schema.String })),
  method: Schema.NullOr(Schema.String),
  calculatedAtMs: Schema.NullOr(Ms),
  incidents: Schema.Struct({
    open: Schema.Array(IncidentViewSchema),
    openCount: Count,
    quiet: Schema.NullOr(Schema.Struct({ count: Count, untilMs: Ms })),
    maintenanceUntilMs: Schema.NullOr(Ms),
    last: Schema.NullOr(IncidentViewSchema),
    learning: Schema.NullOr(Schema.Struct({ untilMs: Schema.NullOr(Ms), isOverdue: Schema.Boolean }))
  }),
  /** Rises with what people say of incidents. */
  actsSeq: Count,
  open: Schema.Array(IncidentSchema),
  openCount: Count,
  lastIncident: Schema.NullOr(IncidentSchema)
})
