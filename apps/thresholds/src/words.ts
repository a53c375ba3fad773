import type { Threshold } from "@chaussettes/domain"
import { Effect } from "effect"

/** A threshold in a sentence or a table. */
export const thresholdWord = (threshold: Threshold): string =>
  typeof threshold === "number"
    ? `${threshold}`
    : `${threshold.rate} for many requests (at least ${threshold.least_errors[0]![1]} errors)`

/** The result as JSON on stdout, or in words on stderr, as the other commands about thresholds do. */
export const tell = (result: object, words: string, json: boolean): Effect.Effect<void> =>
  Effect.sync(() => {
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`)
    else process.stderr.write(`${words}\n`)
  })
