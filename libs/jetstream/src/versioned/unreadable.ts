import type { Decode } from "@chaussettes/domain/wire"
import { Data, Result } from "effect"

/**
 * A message that is not what its stream holds: of a later version, altered, or written by somebody else. The readers of a stream never guess at its
 * meaning.
 */
export class Unreadable extends Data.TaggedError("Unreadable")<{
  readonly stream: string
  readonly seq: number
  readonly why: string
  /** Whether a later version of ours has written it: it means something, which this version cannot know. */
  readonly later: boolean
}> {
  override get message(): string {
    const { stream, seq, why } = this
    return this.later
      ? `${stream} holds a message of a later version of Chaussettes, at sequence ${seq}: ${why}. Update this program.`
      : `${stream} holds an unreadable message at sequence ${seq}: ${why}. See it with: nats stream get ${stream} ${seq}`
  }
}

/** Reads entries of one stream; fails with the stream and the sequence at which it could not. */
export const entryReader =
  <A>(stream: string, decode: Decode<A>) =>
  ({ seq, data }: { readonly seq: number; readonly data: string }): Result.Result<A, Unreadable> =>
    Result.mapError(decode(data), ({ why, later }) => new Unreadable({ stream, seq, why, later }))
