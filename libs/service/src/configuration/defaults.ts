import { ConfigProvider, Duration, Effect, Option, Redacted } from "effect"
import type { Command, Param } from "effect/cli"
import { formatSpan } from "../flags/values.ts"

/**
 * What effect/cli keeps of a command and does not show in its types. There is no public way to a flag's default; the test of
 * docs/configuration.md fails when an update of the package moves it.
 */
interface CommandParts {
  readonly config: { readonly flags: ReadonlyArray<Param.Param<"flag", unknown>> }
  readonly subcommands: ReadonlyArray<{ readonly commands: ReadonlyArray<Command.Command.Any> }>
}

/** The command at a path below `root`. */
const commandAt = (root: Command.Command.Any, path: ReadonlyArray<string>): Command.Command.Any | undefined => {
  let command: Command.Command.Any | undefined = root
  for (const name of path) {
    command = (command as unknown as CommandParts | undefined)?.subcommands
      .flatMap((group) => group.commands)
      .find((child) => child.name === name)
  }
  return command
}

interface Layered {
  readonly _tag: string
  readonly param?: unknown
  readonly name?: string
  readonly typeName?: string
  readonly aliases?: ReadonlyArray<string>
}

/** A flag and what it is made of, from the bare flag outwards: the way in which it got its default and its form. */
const layersOf = (param: Param.Param<"flag", unknown>): ReadonlyArray<Param.Param<"flag", unknown>> => {
  const inner = param as Layered
  return inner._tag === "Single" || inner.param === undefined
    ? [param]
    : [...layersOf(inner.param as Param.Param<"flag", unknown>), param]
}

/** The name of a flag, as it is typed without the dashes. */
export const flagName = (param: Param.Param<"flag", unknown>): string => (layersOf(param)[0] as Layered).name!

/** All ways to type it, dashes included: `--server`, `-s`. */
export const flagSpellings = (param: Param.Param<"flag", unknown>): ReadonlyArray<string> => {
  const { name, aliases = [] } = layersOf(param)[0] as Layered
  return [name!, ...aliases].map((word) => (word.length === 1 ? `-${word}` : `--${word}`))
}

const shown = (value: unknown, typeName: string | undefined): string | undefined => {
  if (Option.isOption(value)) return Option.isNone(value) ? undefined : shown(value.value, typeName)
  if (Redacted.isRedacted(value)) return undefined
  if (Duration.isDuration(value)) return formatSpan(Duration.toMillis(value))
  if (typeof value === "number" && typeName === "span") return formatSpan(value)
  if (value === "" || (Array.isArray(value) && value.length === 0)) return undefined
  return typeof value === "string" ? value : JSON.stringify(value)
}

/** What a flag is when nothing is given: of the layers that say so the innermost, which has it as a user would write it. */
const declaredDefault = (param: Param.Param<"flag", unknown>) =>
  Effect.gen(function* () {
    const layers = layersOf(param)
    const typeName = (layers[0] as Layered).typeName
    for (const layer of layers) {
      const found = yield* Effect.option(layer.parse({ flags: {}, arguments: [] }))
      if (Option.isNone(found)) continue
      const [, value] = found.value
      if (!Option.isOption(value)) return shown(value, typeName)
    }
    return undefined
  })

/** A flag's default as text; undefined where it has none, is required, or finds out by itself. */
export const defaultOf = (
  root: Command.Command.Any,
  path: ReadonlyArray<string>,
  flag: string
): Effect.Effect<string | undefined, never, Command.Environment> => {
  const command = commandAt(root, path) as unknown as CommandParts | undefined
  const param = command?.config.flags.find((candidate) => flagName(candidate) === flag)
  if (param === undefined) return Effect.succeed(undefined)
  return Effect.provide(declaredDefault(param), ConfigProvider.layer(ConfigProvider.fromUnknown({})))
}
