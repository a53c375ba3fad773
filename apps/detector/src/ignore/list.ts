import { type IgnoreRule, rfc3339, visibleJson, visibleText } from "@chaussettes/domain"
import { RulesStore, type StoreError } from "@chaussettes/jetstream"
import { toUserFailure, type UserFailure } from "@chaussettes/service"
import { adoptAll } from "@chaussettes/service/rules-in-force"
import { Effect } from "effect"
import type { ListRulesInput } from "./flags.ts"
import { ignorePorts } from "./ports.ts"

/** The bucket's rules: those in force, and what stands there where it is refused. */
export interface Listed {
  readonly revision: number
  /** When they were put; null where the bucket has none. */
  readonly since: string | null
  readonly rules: ReadonlyArray<IgnoreRule>
  readonly refused: { readonly revision: number; readonly text: string; readonly reason: string } | null
}

export const listed: Effect.Effect<Listed, StoreError, RulesStore> = Effect.gen(function* () {
  const history = yield* (yield* RulesStore).history("ignore")
  const {
    rules: { ignore },
    bad
  } = adoptAll(history)
  const put = history.find(({ revision }) => revision === ignore.revision)
  return {
    revision: ignore.revision,
    since: put === undefined ? null : rfc3339(Math.floor(put.createdMs / 1000) * 1000),
    rules: ignore.rules,
    refused: bad === undefined ? null : { revision: bad.entry.revision, text: bad.entry.text, reason: bad.reason }
  }
})

/** The rules, one a line, as `remove` takes them; what each asks for is in the JSON, all else is beside the result. */
export const textOf = ({ rules }: Listed): string => rules.map(({ name }) => `${visibleText(name)}\n`).join("")

export const wordsOf = ({ revision, since, rules, refused }: Listed): string => {
  const inForce =
    rules.length === 0
      ? "No rules: nothing is ignored. To ignore health checks: chaussettes ignore add health"
      : `Revision ${revision}, since ${since}.`
  return refused === null
    ? inForce
    : `${inForce}\nRevision ${refused.revision} is refused: ${visibleText(refused.reason)}. Take out what is wrong with \`chaussettes ignore remove RULE\`; it says ${visibleText(JSON.stringify(refused.text.slice(0, 400)))}`
}

export const list = (input: ListRulesInput): Effect.Effect<void, UserFailure> =>
  listed.pipe(
    Effect.flatMap((found) =>
      Effect.sync(() => {
        if (input.json) process.stdout.write(`${visibleJson(JSON.stringify(found))}\n`)
        else {
          process.stdout.write(textOf(found))
          process.stderr.write(`${wordsOf(found)}\n`)
        }
      })
    ),
    Effect.provide(ignorePorts(input.nats, "ignore-list")),
    Effect.mapError(toUserFailure)
  )
