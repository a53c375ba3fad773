import { parseRfc3339 } from "@chaussettes/domain"
import { Result, Schema } from "effect"

const positionSchema = "chaussettes.notify.v1"

const Natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** How far a receiver has been told, as it stands in the bucket `notify`. Written behind everything that it speaks of. */
const ReceiverPosition = Schema.Struct({
  schema: Schema.Literal(positionSchema),
  /** The last record of WINDOWS that was handled; 0 for none. */
  windows_seq: Natural,
  /** The end of its window: another one there says that WINDOWS was made anew. Empty for none. */
  decided: Schema.String.check(
    Schema.makeFilter((text) => (text === "" || parseRfc3339(text) !== undefined ? undefined : "expected a time"))
  ),
  /** The last alert that was handled; 0 for none. */
  alerts_seq: Natural,
  /** From this alert on the open incidents can be built again. */
  resume_seq: Natural,
  /** The open incidents that the receiver has been told of. */
  told: Schema.Array(Schema.String),
  /** Present where that these are open has yet to be told: what a receiver hears first. */
  unheard: Schema.optionalKey(Schema.Literal(true)),
  /** When the newest messages were taken, ms since the epoch: where there is a limit of how many. */
  sent: Schema.optionalKey(Schema.Array(Natural)),
  /** Since when changes behind this position are held back. */
  waiting_since: Schema.optionalKey(Natural),
  /** The changes behind this position up to this record of WINDOWS are one message, which may have been sent. */
  sealed_seq: Schema.optionalKey(Natural)
})

export type ReceiverPosition = typeof ReceiverPosition.Type

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(ReceiverPosition))

/** The position in a text; undefined where it is none that this version knows. */
export const readPosition = (text: string): ReceiverPosition | undefined => Result.getOrUndefined(decode(text))

export const positionText = (position: Omit<ReceiverPosition, "schema">): string =>
  JSON.stringify({ schema: positionSchema, ...position })
