import { parseRfc3339 } from "@chaussettes/domain"
import { Result, Schema } from "effect"
import { changeStates } from "./change.ts"

const positionSchema = "chaussettes.notify.v2"

const Natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Severity = Schema.Literals(["LOW", "MEDIUM", "HIGH"])
const Time = Schema.String.check(
  Schema.makeFilter((text) => (text === "" || parseRfc3339(text) !== undefined ? undefined : "expected a time"))
)

const Told = Schema.Struct({
  severity: Severity,
  cause: Schema.String,
  acknowledged: Schema.optionalKey(Schema.String)
})

const WaitingChange = Schema.Struct({
  state: Schema.Literals(changeStates),
  /** Its event in INCIDENTS. */
  seq: Natural,
  severity: Severity,
  before: Schema.optionalKey(Severity),
  acknowledged: Schema.optionalKey(Schema.Struct({ id: Schema.String, by: Schema.String, at: Schema.String }))
})

const counts = Schema.Struct({
  opened: Natural,
  grew: Natural,
  "changed-cause": Natural,
  acknowledged: Natural,
  closed: Natural
})

/** What a receiver has been told, and what it has yet to be told, as it stands in the bucket `notify`. Written before and after each message. */
const ReceiverPosition = Schema.Struct({
  schema: Schema.Literal(positionSchema),
  /** The last event of INCIDENTS that was handled; 0 for none. */
  incidents_seq: Natural,
  /** When that was decided: another one there says that INCIDENTS was made anew. Empty for none. */
  decided: Time,
  /** The incidents that go on, each by its newest event, with what the receiver knows of it. */
  open: Schema.Array(Schema.Struct({ seq: Natural, told: Schema.optionalKey(Told) })),
  /** Changes that are decided and have yet to be told, in their order. */
  waiting: Schema.optionalKey(
    Schema.Struct({
      /** Since when, ms since the epoch. */
      since: Natural,
      changes: Schema.Array(WaitingChange),
      /** All of them, those that are not kept included. */
      counts,
      /** Present where they are one message that may have been sent: as such it is sent again. */
      sealed: Schema.optionalKey(
        Schema.Struct({
          held_since: Schema.optionalKey(Natural),
          held_for: Schema.optionalKey(Schema.Literals(["digest", "limit"]))
        })
      )
    })
  ),
  /** When the newest messages were taken, ms since the epoch: where there is a limit of how many. */
  sent: Schema.optionalKey(Schema.Array(Natural))
})

export type ReceiverPosition = typeof ReceiverPosition.Type
export type Waiting = NonNullable<ReceiverPosition["waiting"]>

/** Of a version that followed WINDOWS and ALERTS, and told groups of alerts. */
const EarlierPosition = Schema.Struct({
  schema: Schema.Literal("chaussettes.notify.v1"),
  windows_seq: Natural,
  /** Up to then windows were told. Empty for none. */
  decided: Time,
  alerts_seq: Natural,
  /** From this alert on stand those of the groups that were open. */
  resume_seq: Natural,
  /** The groups that the receiver had been told of as open: each the id of its first alert. */
  told: Schema.Array(Schema.String),
  /** Present where that had yet to be told. */
  unheard: Schema.optionalKey(Schema.Literal(true)),
  sent: Schema.optionalKey(Schema.Array(Natural)),
  waiting_since: Schema.optionalKey(Natural)
})

export type EarlierPosition = typeof EarlierPosition.Type

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Union([ReceiverPosition, EarlierPosition])))

/** The position in a text; undefined where it is none that this version knows. */
export const readPosition = (text: string): ReceiverPosition | EarlierPosition | undefined =>
  Result.getOrUndefined(decode(text))

export const positionText = (position: Omit<ReceiverPosition, "schema">): string =>
  JSON.stringify({ schema: positionSchema, ...position })
