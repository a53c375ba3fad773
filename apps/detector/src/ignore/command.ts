import { parseIgnore } from "@chaussettes/domain"
import { jsonFlag, natsFlags } from "@chaussettes/service"
import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"

/** The rules in an argument, by their names: one, or several with `;`. */
export const ruleNames = (text: string): ReadonlyArray<string> | undefined => {
  const parsed = parseIgnore(text)
  return parsed.ok && parsed.rules.length > 0 ? parsed.rules.map(({ name }) => name) : undefined
}

const addCommand = Command.make(
  "add",
  {
    nats: natsFlags,
    rules: Argument.String("rule").pipe(
      Argument.withDescription(
        "health, monitors, static, bots, or fields such as 'path=/internal/* client=10.0.0.0/8'; several with ;"
      ),
      Argument.filterMap(
        (text) => Option.fromUndefinedOr(ruleNames(text)),
        (text) => {
          const parsed = parseIgnore(text)
          return `a rule such as health or path=/internal/*${parsed.ok ? "" : `; ${parsed.reason}`}`
        }
      ),
      Argument.variadic({ min: 1 })
    ),
    json: jsonFlag
  },
  ({ rules, ...input }) =>
    Effect.flatMap(
      Effect.promise(() => import("./change.ts")),
      ({ add }) => add({ ...input, rules: rules.flat() })
    )
).pipe(
  Command.withDescription("Count requests nowhere that a rule fits, beside those of the rules that stand already"),
  Command.withExamples([
    { command: "chaussettes ignore add health monitors", description: "Checks of health, and probes" },
    {
      command: "chaussettes ignore add 'path=/internal/* client=10.0.0.0/8'",
      description: "What one's own machines ask for below /internal/"
    }
  ])
)

const removeCommand = Command.make(
  "remove",
  {
    nats: natsFlags,
    rules: Argument.String("rule").pipe(
      Argument.withDescription("A rule as `chaussettes ignore list` prints it, or as it stands where it is refused"),
      Argument.map((text) => text.trim()),
      Argument.variadic({ min: 1 })
    ),
    json: jsonFlag
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./change.ts")),
      ({ remove }) => remove(input)
    )
).pipe(
  Command.withDescription("Take rules back: what they took out counts again from here on"),
  Command.withExamples([{ command: "chaussettes ignore remove health", description: "Undo `add health`" }])
)

const listCommand = Command.make("list", { nats: natsFlags, json: jsonFlag }, (input) =>
  Effect.flatMap(
    Effect.promise(() => import("./list.ts")),
    ({ list }) => list(input)
  )
).pipe(Command.withDescription("The rules in force, one a line, since when, and what is refused"))

export const ignoreCommand = Command.make("ignore").pipe(
  Command.withDescription(
    "Rules for traffic that counts nowhere, such as checks of health; the detector follows them without a restart"
  ),
  Command.withSubcommands([addCommand, listCommand, removeCommand])
)
