import { Result, Schema } from "effect"
import { type Act, actSchema, actTypes, faultOfAct } from "../acts/act.ts"
import { areMeasures, type Measures } from "../detection/measures.ts"
import { type Tally, tallySchema } from "../detection/tally.ts"
import { alertTypes, dimensionFields, keyDimensionFields, type PerDimension } from "../dimension.ts"
import type { LineReading } from "../format/line-reading.ts"
import { isLineReading } from "../format/reading.ts"
import { type Certificate, type IncidentEvent, incidentKinds, incidentSchema } from "../incidents/event.ts"
import { families } from "../incidents/model.ts"
import { causeDimensions } from "../incidents/panes.ts"
import { areErrors } from "../statuses.ts"
import { parseRfc3339 } from "../time.ts"
import { type Alert, alertSchema } from "./alert.ts"
import { type Checkpoint, checkpointSchema } from "./checkpoint.ts"
import { recordSchema, revisionSchema, type WindowRecord } from "./record.ts"
import { type Reject, type RejectReason, rejectReasons, rejectSchema } from "./reject.ts"
import { type Threshold, type ThresholdInForce, thresholdFromJson } from "./threshold.ts"

/* What stands in the streams and buckets, read: one schema a kind, whoever reads. `encodeRecord` and its like write them. */

/** Why a text is none of its kind, and whether a later version of ours has written it: then it means something that this version cannot know. */
interface Undecoded {
  readonly why: string
  readonly later: boolean
}

export type Decode<A> = (text: string) => Result.Result<A, Undecoded>

const Natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Rfc3339 = Schema.String.check(
  Schema.makeFilter((text) => (parseRfc3339(text) === undefined ? "expected an RFC 3339 time" : undefined))
)

/** The domain's own reading of a threshold; the table's knots are checked there. */
const ThresholdValue: Schema.Codec<Threshold, unknown> = Schema.Unknown.pipe(
  Schema.refine((json): json is Threshold => thresholdFromJson(json).ok, { expected: "a threshold" })
)

const ofDimensions = <S extends Schema.Constraint>(schema: S) =>
  Schema.Struct(dimensionFields(schema, Schema.optionalKey(schema)))
const ofKeyDimensions = <S extends Schema.Constraint>(schema: S) =>
  Schema.Struct(keyDimensionFields(schema, Schema.optionalKey(schema)))

const InForce: Schema.Codec<ThresholdInForce, unknown> = Schema.Struct({ value: ThresholdValue, revision: Natural })
const Overflow = Schema.Struct({ keys: Natural, requests: Natural, errors: Natural })
const kinds = { client_errors: Schema.optionalKey(Natural), server_errors: Schema.optionalKey(Natural) }
const TopKey = Schema.Struct({ key: Schema.String, total: Natural, errors: Natural, ...kinds })
const optionalCounts = Object.fromEntries(
  rejectReasons.map((reason) => [reason, Schema.optionalKey(Natural)])
) as unknown as { readonly [reason in RejectReason]: Schema.optionalKey<typeof Natural> }

const Reading: Schema.Codec<LineReading, unknown> = Schema.Unknown.pipe(
  Schema.refine((json): json is LineReading => isLineReading(json), { expected: "how lines are read" })
)

const Errors: Schema.Codec<PerDimension<string>, unknown> = Schema.Unknown.pipe(
  Schema.refine((json): json is PerDimension<string> => areErrors(json), { expected: "which statuses are errors" })
)

const WindowMeasures: Schema.Codec<Measures, unknown> = Schema.Unknown.pipe(
  Schema.refine((json): json is Measures => areMeasures(json), { expected: "what was measured" })
)

/** A message of WINDOWS. */
const WindowRecordSchema: Schema.Codec<WindowRecord, unknown> = Schema.Struct({
  schema: Schema.Literals([recordSchema, revisionSchema]),
  start: Rfc3339,
  end: Rfc3339,
  through_seq: Natural,
  resume_seq: Natural,
  open_seq: Schema.optionalKey(Natural),
  logs_created: Schema.optionalKey(Schema.String),
  decided_through: Rfc3339,
  late_before: Schema.optionalKey(Rfc3339),
  closed_by: Schema.Literals(["watermark", "idle", "punctuation", "limit", "late"]),
  revision: Schema.optionalKey(
    Schema.Struct({
      number: Natural,
      added: Schema.Struct({ total: Natural, errors: Natural, first_seq: Natural, last_seq: Natural }),
      raised: Natural
    })
  ),
  total: Natural,
  errors: Natural,
  ...kinds,
  statuses: Schema.optionalKey(Schema.Array(Natural)),
  keys: ofKeyDimensions(Natural),
  seuils: ofDimensions(InForce),
  rules: Schema.Struct({
    url_key: Schema.Literals(["path", "target"]),
    ipv6_prefix: Natural,
    least_requests: ofDimensions(Natural),
    errors: Schema.optionalKey(Errors),
    language: Schema.Literals(["en", "fr"]),
    wording: Schema.optionalKey(Schema.Literal(2)),
    allowed_lateness_ms: Natural,
    idle_ms: Natural,
    max_behind_ms: Natural,
    max_ahead_ms: Natural,
    horizon_ms: Schema.optionalKey(Natural),
    lateness: Schema.optionalKey(Schema.Literal("learnt")),
    source_offsets: Schema.optionalKey(Schema.Record(Schema.String, Schema.Finite)),
    reading: Schema.optionalKey(Reading)
  }),
  breaches: ofDimensions(Natural),
  suppressed: Natural,
  learnt: Schema.optionalKey(Schema.Record(Schema.String, Natural)),
  incidents: Schema.optionalKey(
    Schema.Struct({
      model: Schema.Struct({ revision: Natural, digest: Schema.String.check(Schema.isPattern(/^[0-9a-f]{16}$/)) }),
      begins: Schema.optionalKey(Schema.Literal(true))
    })
  ),
  since_last: Schema.Struct({
    late: Natural,
    rejected: Schema.Struct(optionalCounts),
    gap: Natural,
    late_by_source: Schema.Record(Schema.String, Natural),
    ignored: Schema.optionalKey(Schema.Record(Schema.String, Natural))
  }),
  bots: Schema.optionalKey(Schema.Struct({ total: Natural, errors: Natural })),
  overflow: Schema.optionalKey(ofKeyDimensions(Overflow)),
  top: ofKeyDimensions(Schema.Array(TopKey)),
  measures: Schema.optionalKey(WindowMeasures)
}).check(
  Schema.makeFilter(({ schema, revision }) =>
    (schema === revisionSchema) === (revision !== undefined) ? undefined : "a revision must say what it adds"
  )
)

/** A message of ALERTS, or a line of what `analyze` prints. */
const AlertSchema: Schema.Codec<Alert, unknown> = Schema.Struct({
  schema: Schema.Literal(alertSchema),
  id: Schema.NonEmptyString,
  timestamp: Rfc3339,
  type: Schema.Literals(Object.values(alertTypes)),
  severity: Schema.Literals(["HIGH", "MEDIUM"]),
  message: Schema.String,
  value: Schema.Finite,
  threshold: ThresholdValue,
  window: Schema.Struct({ start: Rfc3339, end: Rfc3339 }),
  ...keyDimensionFields(Schema.optionalKey(Schema.String), Schema.optionalKey(Schema.String)),
  total_requests: Natural,
  errors: Natural,
  ...kinds,
  seuils_revision: Schema.optionalKey(Natural),
  lines: Schema.Union([
    Schema.Struct({ first_seq: Natural, last_seq: Natural }),
    Schema.Struct({ first_line: Natural, last_line: Natural })
  ]),
  decided_through: Schema.optionalKey(Rfc3339)
})

const CertificateSchema: Schema.Codec<Certificate, unknown> = Schema.Struct({
  family: Schema.Literals(families),
  evidence: Schema.Finite,
  level: Schema.Finite,
  budget_weekly: Schema.Finite,
  budget_total_weekly: Schema.Finite,
  expected_rate: Schema.Finite,
  observed_rate: Schema.Finite,
  since: Rfc3339,
  learnt_through: Schema.NullOr(Rfc3339)
})

/** A message of INCIDENTS, or a line of what `analyze --incidents` prints. */
const IncidentSchema: Schema.Codec<IncidentEvent, unknown> = Schema.Struct({
  schema: Schema.Literal(incidentSchema),
  id: Schema.NonEmptyString,
  type: Schema.Literals(["opened", "grew", "changed-cause", "closed"]),
  timestamp: Rfc3339,
  dimension: Schema.Literals(causeDimensions),
  kind: Schema.Literals(incidentKinds),
  severity: Schema.Literals(["LOW", "MEDIUM", "HIGH"]),
  message: Schema.String,
  cause: Schema.Struct({
    dimension: Schema.Literals(causeDimensions),
    key: Schema.NullOr(Schema.String),
    keys: Schema.Array(Schema.String),
    key_count: Natural,
    share: Schema.Finite
  }),
  victims: Schema.Struct({ network: Natural, url: Natural, ip: Natural }),
  opened_at: Rfc3339,
  closed_at: Schema.optionalKey(Rfc3339),
  closed_why: Schema.optionalKey(Schema.Literals(["recovered", "quiet", "accepted", "merged", "forgotten"])),
  requests: Natural,
  errors: Natural,
  clients: Natural,
  windows: Natural,
  certificate: CertificateSchema
}).check(
  Schema.makeFilter(({ type, closed_at, closed_why }) =>
    (type === "closed") === (closed_at !== undefined && closed_why !== undefined)
      ? undefined
      : "expected a closed incident to say when and why it closed, and no other one"
  )
)

/** A message of ACTS. The domain's own look at an act says what is wrong with it. */
const ActSchema: Schema.Codec<Act, unknown> = Schema.Struct({
  schema: Schema.Literal(actSchema),
  id: Schema.NonEmptyString,
  type: Schema.Literals(actTypes),
  at: Rfc3339,
  by: Schema.String,
  incident: Schema.optionalKey(Schema.String),
  match: Schema.optionalKey(
    Schema.Struct({
      kind: Schema.optionalKey(Schema.Literals(incidentKinds)),
      dimension: Schema.optionalKey(Schema.Literals(causeDimensions)),
      key: Schema.optionalKey(Schema.String)
    })
  ),
  from: Schema.optionalKey(Rfc3339),
  until: Schema.optionalKey(Rfc3339),
  text: Schema.optionalKey(Schema.String),
  lifts: Schema.optionalKey(Schema.String)
}).check(Schema.makeFilter((act) => faultOfAct(act)))

/** A message of REJECTS. */
const RejectSchema: Schema.Codec<Reject, unknown> = Schema.Struct({
  schema: Schema.Literal(rejectSchema),
  reason: Schema.Literals(rejectReasons),
  source: Schema.String,
  seq: Natural,
  line: Natural,
  text: Schema.String
})

const Source = Schema.Struct({
  name: Schema.String,
  max_event_ms: Schema.NullOr(Schema.Finite),
  promised_ms: Schema.NullOr(Schema.Finite),
  ended: Schema.Boolean,
  last_seen_ms: Schema.Finite,
  ahead: Schema.optionalKey(Schema.Struct({ least_ms: Schema.Finite, lines: Natural })),
  usual_gap_ms: Schema.optionalKey(Schema.Finite),
  lateness_ms: Schema.optionalKey(Natural)
})

/** What stands under `checkpoint` in the bucket `detector`. */
const CheckpointSchema: Schema.Codec<Checkpoint, unknown> = Schema.Struct({
  schema: Schema.Literal(checkpointSchema),
  resume_seq: Natural,
  open_seq: Schema.optionalKey(Natural),
  highest_seq: Natural,
  logs_created: Schema.String,
  decided_through_ms: Schema.NullOr(Schema.Finite),
  clock_ms: Schema.Finite,
  sources: Schema.Array(Source),
  stored_ms: Schema.optionalKey(Schema.Finite),
  grace_ms: Schema.optionalKey(Schema.Finite),
  grace_until_ms: Schema.optionalKey(Schema.Finite),
  windows_seq: Natural,
  alerts_seq: Natural,
  incidents_seq: Schema.optionalKey(Natural),
  incidents: Schema.optionalKey(Schema.String)
})

const tallyCounts = { lines: Natural, revised: Natural, late: Natural, rejected: Schema.Struct(optionalCounts) }
const SourceTallySchema = Schema.Struct({
  name: Schema.String,
  ...tallyCounts,
  offset_ms: Schema.Finite,
  delay_ms: Schema.NullOr(Schema.Struct({ p10: Schema.Finite, median: Schema.Finite, p90: Schema.Finite })),
  disorder_ms: Schema.NullOr(Schema.Finite),
  lateness_ms: Schema.Finite,
  usual_gap_ms: Schema.Finite,
  clock: Schema.NullOr(Schema.Struct({ kind: Schema.Literals(["zone", "fast", "slow"]), ahead_ms: Schema.Finite }))
})

/** What stands under `tally` in the bucket `detector`. */
const TallySchema: Schema.Codec<Tally, unknown> = Schema.Struct({
  schema: Schema.Literal(tallySchema),
  at_ms: Schema.Finite,
  span_ms: Schema.Finite,
  total: Schema.Struct(tallyCounts),
  off_clock: Natural,
  sources: Schema.Array(SourceTallySchema),
  others: Schema.NullOr(Schema.Struct({ sources: Natural, total: Schema.Struct(tallyCounts) })),
  format_changes: Schema.optionalKey(
    Schema.Array(Schema.Struct({ source: Schema.String, was: Schema.String, now: Schema.String, at_ms: Schema.Finite }))
  ),
  through_seq: Schema.optionalKey(Natural),
  logs_created: Schema.optionalKey(Schema.String)
})

const undecoded = (why: string, later = false) => Result.fail({ why, later })

/** The number of a version such as `chaussettes.window.v1`, where it is one of this kind; undefined where it is none. */
const versionOf = (schema: string, kind: string): number | undefined => {
  const number = schema.startsWith(kind) ? schema.slice(kind.length) : ""
  return /^[1-9]\d{0,8}$/.test(number) ? Number(number) : undefined
}

/** Whether a text is of a kind that is read here, and of a version behind the one that is. */
const isLater = (found: string, known: string): boolean => {
  const kind = known.slice(0, known.lastIndexOf(".v") + 2)
  return (versionOf(found, kind) ?? 0) > versionOf(known, kind)!
}

/**
 * JSON of one of these versions, its fields not looked at. The version is looked at first, so that a text of another one is called that and
 * not a heap of missing fields.
 */
const versioned =
  (...versions: ReadonlyArray<string>): Decode<{ readonly schema: string }> =>
  (text) => {
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      return undecoded("it is not JSON")
    }
    if (typeof json !== "object" || json === null || Array.isArray(json)) return undecoded("it is not a JSON object")
    const found = "schema" in json ? json.schema : undefined
    if (typeof found === "string" && versions.includes(found))
      return Result.succeed(json as { readonly schema: string })
    const instead = typeof found === "string" ? `"${found.slice(0, 80)}"` : "none"
    const wanted = versions.map((version) => `"${version}"`).join(" or ")
    return undecoded(
      `its schema is ${instead}, not ${wanted}`,
      typeof found === "string" && versions.some((version) => isLater(found, version))
    )
  }

/** Further fields are no reason against a text: a later version may add some. */
const decoder = <A>(schema: Schema.Codec<A, unknown>, ...versions: ReadonlyArray<string>): Decode<A> => {
  const [parse, decode] = [versioned(...versions), Schema.decodeUnknownResult(schema)]
  return (text) =>
    Result.flatMap(parse(text), (json) =>
      Result.mapError(decode(json), (error) => ({ why: error.message.replace(/\s*\n\s*/g, " "), later: false }))
    )
}

export const decodeRecord = decoder(WindowRecordSchema, recordSchema, revisionSchema)
export const decodeAlert = decoder(AlertSchema, alertSchema)
export const decodeIncident = decoder(IncidentSchema, incidentSchema)
export const decodeAct = decoder(ActSchema, actSchema)
export const decodeReject = decoder(RejectSchema, rejectSchema)
export const decodeCheckpoint = decoder(CheckpointSchema, checkpointSchema)
export const decodeTally = decoder(TallySchema, tallySchema)

/**
 * A record whose fields are believed, at less than a third of the cost of `decodeRecord`: for a reader of all of WINDOWS, and for one that looks at very many
 * records for a field or two.
 */
export const decodeRecordUnchecked = versioned(recordSchema, revisionSchema) as unknown as Decode<WindowRecord>
