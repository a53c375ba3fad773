import { visibleText } from "@chaussettes/domain"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Option } from "effect"
import { type CliError, CliOutput, type Command, type HelpDoc, TerminalCapabilities } from "effect/cli"
import { defaultOf, type Origin, originText } from "./configuration/index.ts"
import { connectionFlags } from "./flags/nats.ts"

/** A usage error as one sentence: what is wrong, what was perhaps meant, and where to read on. What was given may hold anything. */
const usageSentence = (
  error: CliError.NonShowHelpErrors,
  commandPath: ReadonlyArray<string>,
  origins: ReadonlyMap<string, Origin>
): string => {
  const [what, ...suggested] = error.message
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && line !== "Did you mean this?")
  const meant = suggested.length === 0 ? "" : ` Did you mean ${suggested.join(" or ")}?`
  const origin = error._tag === "InvalidValue" ? origins.get(error.option) : undefined
  const from = origin === undefined ? "" : ` It comes from ${originText(origin)}.`
  return visibleText(
    `${/[.!?]$/.test(what!) ? what : `${what}.`}${meant}${from} See \`${commandPath.join(" ")} --help\`.`
  )
}

/** The flags with their defaults after the descriptions. That a switch is off says its name. */
export const withDefaults = (
  root: Command.Command.Any,
  doc: HelpDoc.HelpDoc,
  [, ...path]: ReadonlyArray<string>
): Effect.Effect<HelpDoc.HelpDoc, never, Command.Environment> =>
  Effect.map(
    Effect.forEach(doc.flags, (flag) =>
      Effect.map(defaultOf(root, path, flag.name), (byDefault) =>
        byDefault === undefined || byDefault === "false"
          ? flag
          : { ...flag, description: Option.map(flag.description, (text) => `${text} (default: ${byDefault})`) }
      )
    ),
    (flags) => ({ ...doc, flags })
  )

/**
 * The flags of the connection in a section of their own, after those of the command: they are the same everywhere, and would stand before what the
 * command itself can do. The library has such a section, for flags of the commands above, of which there are none here.
 */
export const connectionApart = (doc: HelpDoc.HelpDoc): HelpDoc.HelpDoc => {
  const isConnection = ({ name }: HelpDoc.FlagDoc) => connectionFlags.includes(name)
  return {
    ...doc,
    flags: doc.flags.filter((flag) => !isConnection(flag)),
    inheritedFlags: [...(doc.inheritedFlags ?? []), ...doc.flags.filter(isConnection)]
  }
}

const named = (help: string): string => help.replace("INHERITED FLAGS", "CONNECTION")

/** Help and version on stdout; a usage error as sentences on stderr, without the whole help above it. */
export const presenterOf = (root: Command.Command.Any, origins: ReadonlyMap<string, Origin>): CliOutput.Presenter => ({
  present: (event) => {
    switch (event._tag) {
      case "InvalidInvocation":
        return Effect.sync(() => {
          for (const error of event.errors)
            process.stderr.write(`${usageSentence(error, event.commandPath, origins)}\n`)
        })
      case "Version":
        return Effect.sync(() => {
          process.stdout.write(`${event.version}\n`)
        })
      case "Help":
        return Effect.gen(function* () {
          const { canColor: colors } = yield* TerminalCapabilities.TerminalCapabilities
          const formatter = CliOutput.defaultFormatter({ colors })
          const doc = yield* withDefaults(root, event.helpDoc, event.commandPath)
          process.stdout.write(`${named(formatter.formatHelpDoc(connectionApart(doc)))}\n`)
        }).pipe(Effect.provide(NodeServices.layer))
    }
  }
})
