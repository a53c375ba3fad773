import type { Threshold } from "@chaussettes/domain"
import { Effect } from "effect"

/** A threshold in a sentence or a table. */
export const thresholdWord = (seuil: Threshold): string =>
  typeof seuil === "number"
    ? `${seuil}`
    : `${seuil.rate} for many requests (at least ${seuil.least_errors[0]![1]} errors)`

/** The result as JSON on stdout, or in words on stderr, as the other commands about thresholds do. */
export const tell = (result: object, words: string, json: boolean): Effect.Effect<void> =>
  Effect.sync(() => {
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`)
    else process.stderr.write(`${words}\n`)
  })
