import { formatsText, parseFormats, type SourceFormats, visibleJson, visibleText } from "@chaussettes/domain"
import { type Outdated, RulesStore, type StoreError } from "@chaussettes/jetstream"
import { rulesBucket } from "@chaussettes/jetstream/topology"
import { failed, toUserFailure, type UserFailure, wrongUsage } from "@chaussettes/service"
import { Effect } from "effect"
import { ignorePorts, tell } from "../ignore/ports.ts"
import type { ListFormatsInput, SetFormatInput, UnsetFormatInput } from "./flags.ts"

type By = SourceFormats["by"]

export interface FormatsNow extends SourceFormats {
  readonly changed: boolean
}

const newest = Effect.flatMap(RulesStore, (store) =>
  Effect.map(store.history("formats"), (all) => all.at(-1) ?? { text: "", revision: 0 })
)

/** Edits what stands in the bucket, and only that: where somebody else was quicker nothing is written. */
const edit = (
  by: (standing: By) => By | UserFailure
): Effect.Effect<FormatsNow, UserFailure | StoreError | Outdated, RulesStore> =>
  Effect.gen(function* () {
    const store = yield* RulesStore
    const before = yield* newest
    const standing = parseFormats(before.text)
    if (!standing.ok) {
      return yield* failed(
        `The value of formats in the bucket ${rulesBucket} cannot be used: ${standing.reason}. Take it out with \`nats kv del ${rulesBucket} formats\`, and set the formats again.`
      )
    }
    const next = by(standing.by)
    if ("_tag" in next && next instanceof Error) return yield* next
    const text = formatsText(next as By)
    if (text === formatsText(standing.by)) return { changed: false, revision: before.revision, by: standing.by }
    const parsed = parseFormats(text)
    if (!parsed.ok) return yield* wrongUsage(`This cannot be declared: ${parsed.reason}.`)
    return { changed: true, revision: yield* store.update("formats", text, before.revision), by: parsed.by }
  })

export const setFormat = (source: string, format: string) => edit((by) => ({ ...by, [source]: format }))

export const unsetFormat = (source: string) =>
  edit((by) => {
    const { [source]: was, ...others } = by
    return was === undefined
      ? wrongUsage(
          `No format is declared for ${JSON.stringify(source)}: there ${Object.keys(by).length === 0 ? "is none" : `are ${Object.keys(by).join(", ")}`}.`
        )
      : others
  })

const run = (
  { nats, json }: ListFormatsInput,
  name: string,
  change: ReturnType<typeof edit>,
  words: (now: FormatsNow) => string
): Effect.Effect<void, UserFailure> =>
  change.pipe(
    Effect.catchTag("Outdated", () =>
      Effect.fail(failed("The formats were changed by someone else in the meantime: check them and run this again."))
    ),
    Effect.flatMap((now) => tell(now, words(now), json)),
    Effect.provide(ignorePorts(nats, name)),
    Effect.mapError(toUserFailure)
  )

export const set = (input: SetFormatInput) =>
  run(input, "formats-set", setFormat(input.source, input.format), ({ changed, revision }) =>
    changed
      ? `Lines of ${input.source} are read in this format, revision ${revision}, from the first line that no record counts yet.`
      : `Lines of ${input.source} are already read in this format, revision ${revision}.`
  )

export const unset = (input: UnsetFormatInput) =>
  run(
    input,
    "formats-unset",
    unsetFormat(input.source),
    ({ revision }) => `The format of ${input.source}'s lines is detected again, revision ${revision}.`
  )

/** The formats as `set` takes them, one source a line. */
export const list = ({ nats, json }: ListFormatsInput): Effect.Effect<void, UserFailure> =>
  newest.pipe(
    Effect.flatMap(({ text, revision }) => {
      const parsed = parseFormats(text)
      if (!parsed.ok) {
        return failed(`Revision ${revision} of the formats is refused: ${parsed.reason}. Set the formats again.`)
      }
      return Effect.sync(() => {
        if (json) process.stdout.write(`${visibleJson(JSON.stringify({ revision, by: parsed.by }))}\n`)
        else {
          process.stdout.write(
            Object.entries(parsed.by)
              .map(([source, format]) => `${source} ${visibleText(format)}\n`)
              .join("")
          )
          if (Object.keys(parsed.by).length === 0)
            process.stderr.write(
              "No source has a declared format: all are detected. To declare one: chaussettes formats set web1 combined\n"
            )
        }
      })
    }),
    Effect.provide(ignorePorts(nats, "formats-list")),
    Effect.mapError(toUserFailure)
  )
