import { type Outdated, RulesStore, type StoreError } from "@chaussettes/jetstream"
import { failed, toUserFailure, type UserFailure, wrongUsage } from "@chaussettes/service"
import { Effect } from "effect"
import { type Edited, rulesIn, withAdded, withRemoved } from "./edit.ts"
import type { AddRulesInput, RemoveRulesInput } from "./flags.ts"
import { ignorePorts, tell } from "./ports.ts"

/** What came of it: the rules that stand now. */
export interface Changed {
  readonly changed: boolean
  readonly revision: number
  readonly rules: ReadonlyArray<string>
}

/** Edits what stands in the bucket, and only that: where somebody else was quicker nothing is written. */
const edit = (by: (text: string) => Edited): Effect.Effect<Changed, UserFailure | StoreError | Outdated, RulesStore> =>
  Effect.gen(function* () {
    const store = yield* RulesStore
    // Deleted rules have a revision, too.
    const before = (yield* store.history("ignore")).at(-1) ?? { text: "", revision: 0 }
    const edited = by(before.text)
    switch (edited._tag) {
      case "Unchanged":
        return { changed: false, revision: before.revision, rules: rulesIn(before.text) }
      case "Edited": {
        const revision = yield* store.update("ignore", edited.text, before.revision)
        return { changed: true, revision, rules: rulesIn(edited.text) }
      }
      case "Unusable":
        return yield* failed(
          `The rules would not be usable: ${edited.reason}. Look at them with \`chaussettes ignore list\`, and take out what is wrong with \`chaussettes ignore remove RULE\`.`
        )
      case "Unknown": {
        const known = rulesIn(before.text)
        return yield* wrongUsage(
          `There is no rule ${JSON.stringify(edited.rule)}: there ${known.length === 0 ? "is none" : `are ${known.join("; ")}`}.`
        )
      }
    }
  })

export const addRules = (rules: ReadonlyArray<string>) => edit((text) => withAdded(text, rules))
export const removeRules = (rules: ReadonlyArray<string>) => edit((text) => withRemoved(text, rules))

const from = "It applies to lines that no record counts yet."

const command = (
  input: RemoveRulesInput,
  name: string,
  change: typeof addRules,
  words: (done: Changed) => string
): Effect.Effect<void, UserFailure> =>
  change(input.rules).pipe(
    Effect.catchTag("Outdated", () =>
      Effect.fail(failed("The rules were changed by someone else in the meantime: check them and run this again."))
    ),
    Effect.flatMap((done) => tell(done, words(done), input.json)),
    Effect.provide(ignorePorts(input.nats, name)),
    Effect.mapError(toUserFailure)
  )

export const add = (input: AddRulesInput): Effect.Effect<void, UserFailure> =>
  command(input, "ignore-add", addRules, ({ changed, revision, rules }) =>
    changed
      ? `Ignored now, revision ${revision}: ${rules.join("; ")}. ${from}`
      : `Ignored already, revision ${revision}: ${input.rules.join("; ")}.`
  )

export const remove = (input: RemoveRulesInput): Effect.Effect<void, UserFailure> =>
  command(input, "ignore-remove", removeRules, ({ revision, rules }) =>
    rules.length === 0
      ? `The bucket ignores nothing now, revision ${revision}. ${from}`
      : `Still ignored, revision ${revision}: ${rules.join("; ")}. ${from}`
  )
