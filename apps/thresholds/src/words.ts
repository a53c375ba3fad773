import type { Threshold } from "@chaussettes/domain"
import { ruleText, wholeRuleText } from "@chaussettes/presentation"
import { Effect } from "effect"

/** `alerts above 10%`: a threshold in a column. */
export const ruleWord = (threshold: Threshold): string => ruleText("en", threshold)

/** The same in a sentence, with what a table asks of few requests. */
export const thresholdWord = (threshold: Threshold): string => wholeRuleText("en", threshold)

/** The result as JSON on stdout, or in words on stderr, as the other commands about thresholds do. */
export const tell = (result: object, words: string, json: boolean): Effect.Effect<void> =>
  Effect.sync(() => {
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`)
    else process.stderr.write(`${words}\n`)
  })
