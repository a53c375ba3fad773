import {
  actTypes,
  causeDimensions,
  dimensionFields,
  dimensions,
  families,
  incidentKinds,
  incidentSchema,
  keyDimensionFields,
  keyDimensions,
  latencyFamilies,
  rejectReasons,
  type Threshold,
  thresholdFromJson
} from "@chaussettes/domain"
import { Schema } from "effect"

/*
 * The API of the page, which scripts may use too: what is asked and what is answered. docs/api.md describes it;
 * within /api/v1 fields are added and never changed. Times are milliseconds since the epoch where a name ends in Ms.
 */

export const apiBase = "/api/v1"
/** Only what means something else there than in version 1: incidents. */
export const apiBase2 = "/api/v2"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Ms = Schema.Finite
const Rate = Schema.Finite
const DimensionSchema = Schema.Literals(dimensions)
const SeveritySchema = Schema.Literals(["HIGH", "MEDIUM"])
const perDimension = <S extends Schema.Constraint>(of: S) => Schema.Struct(dimensionFields(of, Schema.optionalKey(of)))

/** Milliseconds in a query; a date of RFC 3339 would be easy to get wrong in a URL (its plus sign). */
const QueryMs = Schema.FiniteFromString.check(Schema.isBetween({ minimum: -8.64e15, maximum: 8.64e15 }))
const queryInt = (minimum: number, maximum: number) =>
  Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))

const span = { from: QueryMs, to: QueryMs }

export const SeriesQuery = Schema.Struct({ ...span, points: Schema.optionalKey(queryInt(1, 5_000)) })

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
export const TopQuery = Schema.Struct({ ...span, limit: Schema.optionalKey(queryInt(1, 100)) })
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
export const RejectsQuery = Schema.Struct({ limit: Schema.optionalKey(queryInt(1, 500)) })

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

/** Consecutive alerts of one key. */
const IncidentSchema = Schema.Struct({
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
const IncidentViewSchema = Schema.Struct({
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

const countsByReason = Schema.Struct(
  Object.fromEntries(rejectReasons.map((reason) => [reason, Schema.optionalKey(Count)])) as {
    readonly [reason in (typeof rejectReasons)[number]]: Schema.optionalKey<typeof Count>
  }
)

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

/** A line of LOGS as it is shown. */
const LineBody = Schema.Struct({
  seq: Count,
  line: Count,
  source: Schema.String,
  timeMs: Ms,
  status: Count,
  error: Schema.Boolean,
  /** The line as text; bytes that are not UTF-8 as `\xHH`. Control characters stand in it as they are: show it as text. */
  text: Schema.String
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

const ActBody = Schema.Struct({
  id: Schema.String,
  type: Schema.Literals(actTypes),
  at: Schema.String,
  by: Schema.String,
  until: Schema.optionalKey(Schema.String),
  text: Schema.optionalKey(Schema.String)
})

/** What people said about an incident, as far as it holds. */
export const IncidentActsResponse = Schema.Struct({
  acknowledged: Schema.NullOr(ActBody),
  silenced: Schema.NullOr(ActBody),
  notes: Schema.Array(ActBody)
})
export type IncidentActsResponse = typeof IncidentActsResponse.Type

const MatchBody = Schema.Struct({
  kind: Schema.optionalKey(Schema.Literals(incidentKinds)),
  dimension: Schema.optionalKey(Schema.Literals(causeDimensions)),
  key: Schema.optionalKey(Schema.String)
})

/** What people said in the last 30 days, and what still holds of what was said before; the newest first. */
export const ActsResponse = Schema.Struct({
  acts: Schema.Array(
    Schema.Struct({
      ...ActBody.fields,
      incident: Schema.optionalKey(Schema.String),
      match: Schema.optionalKey(MatchBody),
      from: Schema.optionalKey(Schema.String),
      lifts: Schema.optionalKey(Schema.String),
      /** Whether it holds now, or will. */
      holds: Schema.Boolean
    })
  ),
  /** Older ones that are left out. */
  left: Count
})
export type ActsResponse = typeof ActsResponse.Type

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

const Panes = Schema.Struct({
  /** Panes with enough requests for a verdict. */
  eligible: Count,
  least: Count,
  /** `[requests, errors, panes]`, only with errors. */
  counts: Schema.Array(Schema.Tuple([Count, Count, Count])),
  /** Alerts by the thresholds in force then, suppressed ones with them. */
  inForce: Count
})

export const WhatIfResponse = Schema.Struct({
  fromMs: Ms,
  toMs: Ms,
  requests: Count,
  /** Requests of the span that LOGS no longer holds. */
  missing: Count,
  global: Panes,
  /** Null where LOGS was not read again. */
  ...keyDimensionFields(Schema.NullOr(Panes), Schema.optionalKey(Schema.NullOr(Panes)))
})
export type WhatIfResponse = typeof WhatIfResponse.Type

export const WhatIfQuery = Schema.Struct({
  ...span,
  /** `lines`: also IPs and URLs, counted from LOGS again. */
  count: Schema.optionalKey(Schema.Literal("lines"))
})

export const RejectsResponse = Schema.Struct({
  rejects: Schema.Array(
    Schema.Struct({
      rejectSeq: Count,
      reason: Schema.Literals(rejectReasons),
      source: Schema.String,
      seq: Count,
      line: Count,
      text: Schema.String
    })
  )
})
export type RejectsResponse = typeof RejectsResponse.Type

/** Whether there is anybody who may act through the page. */
export const OperatorResponse = Schema.Struct({ acts: Schema.Boolean })
export type OperatorResponse = typeof OperatorResponse.Type

/** What the operator says; the domain bounds and checks it (`faultOfAct`). */
export const ActRequest = Schema.Struct({
  type: Schema.Literals(actTypes),
  by: Schema.String,
  incident: Schema.optionalKey(Schema.String),
  match: Schema.optionalKey(MatchBody),
  from: Schema.optionalKey(Schema.String),
  until: Schema.optionalKey(Schema.String),
  text: Schema.optionalKey(Schema.String),
  lifts: Schema.optionalKey(Schema.String)
})
export type ActRequest = typeof ActRequest.Type

/** A threshold that is to be in force in the place of the one with this revision. */
export const ForceRequest = Schema.Struct({
  dimension: DimensionSchema,
  threshold: Schema.Unknown.pipe(
    Schema.refine((json): json is Threshold => thresholdFromJson(json).ok, { expected: "a threshold" })
  ),
  revision: Count
})
export type ForceRequest = typeof ForceRequest.Type

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
