import {
  type Alert,
  alertSchema,
  alertTypes,
  areErrors,
  areMeasures,
  type Checkpoint,
  checkpointSchema,
  dimensionFields,
  isLineReading,
  keyDimensionFields,
  type LineReading,
  type Measures,
  type PerDimension,
  parseRfc3339,
  type Reject,
  type RejectReason,
  recordSchema,
  rejectReasons,
  rejectSchema,
  revisionSchema,
  type Seuil,
  type SeuilInForce,
  seuilFromJson,
  type Tally,
  tallySchema,
  type WindowRecord
} from "@chaussettes/domain"
import { Data, Result, Schema } from "effect"
import { alertsStream, rejectsStream, windowsStream } from "../topology.ts"

/**
 * A message that is not what its stream holds: of another version, altered, or written by somebody else. The readers of a
 * stream say so and never guess at its meaning. Further fields are no reason: a later version may add some.
 */
export class Unreadable extends Data.TaggedError("Unreadable")<{
  readonly stream: string
  readonly seq: number
  readonly why: string
  /** Whether a later version of ours has written it: it means something, which this version cannot know. */
  readonly later: boolean
}> {
  override get message(): string {
    return `${this.stream} holds something unreadable at sequence ${this.seq}: ${this.why}. See it with: nats stream get ${this.stream} ${this.seq}`
  }
}

const Natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Rfc3339 = Schema.String.check(
  Schema.makeFilter((text) => (parseRfc3339(text) === undefined ? "expected an RFC 3339 time" : undefined))
)

/** The domain's own reading of a threshold; the table's knots are checked there. */
const SeuilValue: Schema.Codec<Seuil, unknown> = Schema.Unknown.pipe(
  Schema.refine((json): json is Seuil => seuilFromJson(json).ok, { expected: "a threshold" })
)

const ofDimensions = <S extends Schema.Constraint>(schema: S) =>
  Schema.Struct(dimensionFields(schema, Schema.optionalKey(schema)))
const ofKeyDimensions = <S extends Schema.Constraint>(schema: S) =>
  Schema.Struct(keyDimensionFields(schema, Schema.optionalKey(schema)))

const InForce: Schema.Codec<SeuilInForce, unknown> = Schema.Struct({ value: SeuilValue, revision: Natural })
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
export const WindowRecordSchema: Schema.Codec<WindowRecord, unknown> = Schema.Struct({
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
    (schema === revisionSchema) === (revision !== undefined) ? undefined : "expected a revision to say what it adds"
  )
)

/** A message of ALERTS, or a line of what `analyze` prints. */
export const AlertSchema: Schema.Codec<Alert, unknown> = Schema.Struct({
  schema: Schema.Literal(alertSchema),
  id: Schema.NonEmptyString,
  timestamp: Rfc3339,
  type: Schema.Literals(Object.values(alertTypes)),
  severity: Schema.Literals(["HIGH", "MEDIUM"]),
  message: Schema.String,
  value: Schema.Finite,
  threshold: SeuilValue,
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

/** A message of REJECTS. */
export const RejectSchema: Schema.Codec<Reject, unknown> = Schema.Struct({
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
export const CheckpointSchema: Schema.Codec<Checkpoint, unknown> = Schema.Struct({
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
  alerts_seq: Natural
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
export const TallySchema: Schema.Codec<Tally, unknown> = Schema.Struct({
  schema: Schema.Literal(tallySchema),
  at_ms: Schema.Finite,
  span_ms: Schema.Finite,
  total: Schema.Struct(tallyCounts),
  off_clock: Natural,
  sources: Schema.Array(SourceTallySchema),
  others: Schema.NullOr(Schema.Struct({ sources: Natural, total: Schema.Struct(tallyCounts) })),
  format_changes: Schema.optionalKey(
    Schema.Array(Schema.Struct({ source: Schema.String, was: Schema.String, now: Schema.String, at_ms: Schema.Finite }))
  )
})

/**
 * A reader of JSON texts of one schema: the value, or why the text is none, in one line that can be shown.
 * The version is looked at first, so that a text of another one is called that and not a heap of missing fields.
 */
export const jsonReader = <A>(schema: Schema.Codec<A, unknown>, ...versions: ReadonlyArray<string>) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (text: string): Result.Result<A, string> => {
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      return Result.fail("it is not JSON")
    }
    if (typeof json !== "object" || json === null || Array.isArray(json)) return Result.fail("it is not a JSON object")
    const found = "schema" in json ? json.schema : undefined
    if (typeof found !== "string" || !versions.includes(found)) {
      const instead = typeof found === "string" ? `"${found.slice(0, 80)}"` : "none"
      return Result.fail(`its schema is ${instead}, not ${versions.map((version) => `"${version}"`).join(" or ")}`)
    }
    return Result.mapError(decode(json), (error) => error.message.replace(/\s*\n\s*/g, " "))
  }
}

/** Whether a text is of the same kind as a version (`chaussettes.window.v1`) and of another number. */
const isOfOtherVersion = (text: string, version: string): boolean => {
  const kind = version.slice(0, version.lastIndexOf(".v") + 2)
  try {
    const { schema } = JSON.parse(text) as { readonly schema?: unknown }
    return typeof schema === "string" && schema !== version && schema.startsWith(kind)
  } catch {
    return false
  }
}

/** Reads messages of one stream; fails with the stream and the sequence at which it could not. */
const entryReader = <A>(stream: string, schema: Schema.Codec<A, unknown>, ...versions: ReadonlyArray<string>) => {
  const read = jsonReader(schema, ...versions)
  return (entry: { readonly seq: number; readonly data: string }): Result.Result<A, Unreadable> =>
    Result.mapError(
      read(entry.data),
      (why) =>
        new Unreadable({
          stream,
          seq: entry.seq,
          why,
          later: versions.some((version) => isOfOtherVersion(entry.data, version))
        })
    )
}

export const readWindowRecord = entryReader(windowsStream, WindowRecordSchema, recordSchema, revisionSchema)
export const readAlert = entryReader(alertsStream, AlertSchema, alertSchema)
export const readReject = entryReader(rejectsStream, RejectSchema, rejectSchema)
export const readCheckpointText = jsonReader(CheckpointSchema, checkpointSchema)
export const readTallyText = jsonReader(TallySchema, tallySchema)
