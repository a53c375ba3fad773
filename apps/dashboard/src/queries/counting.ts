import { Data } from "effect"
import { inTurn } from "./turn.ts"

/** The span holds more lines than are counted for a page. */
export class TooManyLines extends Data.TaggedError("TooManyLines")<{ readonly lines: number }> {}

export const maxLines = 5_000_000

/** One span is counted at a time, and none waits for it, so that viewers cannot load LOGS. */
export const counting = inTurn(0)
