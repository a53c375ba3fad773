import { prefixProblem } from "@chaussettes/jetstream/prefix-form"
import { Effect } from "effect"
import { type UserFailure, wrongUsage } from "../failure.ts"
import { valueOfGlobalFlag } from "./file.ts"
import { type Configuration, configured, originText } from "./resolve.ts"
import { sharedSettings } from "./settings.ts"

const variable = "CHAUSSETTES_PREFIX"
const setting = sharedSettings.find(({ env }) => env === variable)!

/** The environment as this process got it: `usePrefix` changes it for what is loaded after it. */
export const givenEnvironment: NodeJS.ProcessEnv = { ...process.env }

/**
 * Puts the prefix of the system's names into the environment, where the names are made of it when a command loads them; threads inherit it.
 * Throws a `UserFailure` where it cannot be one.
 */
export const usePrefix = (configuration: Configuration, args: ReadonlyArray<string>): void => {
  const flag = valueOfGlobalFlag(args, "prefix")
  const found = flag === undefined ? configured(configuration, setting) : undefined
  const prefix = flag ?? (found === undefined ? undefined : String(found.value))
  if (prefix === undefined) return
  const problem = prefixProblem(prefix)
  if (problem !== undefined) {
    const from = found === undefined ? "--prefix" : originText(found.origin)
    throw wrongUsage(`The prefix ${JSON.stringify(prefix)} of ${from} cannot be used: ${problem}.`)
  }
  process.env[variable] = prefix
}

/** For a command that makes a server, or users for one: the streams there have the names that deploy/nats.conf permits. */
export const withoutPrefix = (command: string): Effect.Effect<void, UserFailure> =>
  Effect.suspend(() => {
    const prefix = process.env[variable] ?? ""
    return prefix === ""
      ? Effect.void
      : Effect.fail(
          wrongUsage(
            `\`chaussettes ${command}\` sets up a server for one system, whose users have no permission for names with a prefix, and ${prefix} is set: remove --prefix, ${variable} and nats.prefix.`
          )
        )
  })
