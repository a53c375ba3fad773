import { ConfigProvider } from "effect"
import type { Command } from "effect/cli"
import { type ConfigurationFile, type FileValue, fileNamed, readConfiguration } from "./file.ts"
import { contextNamed, contextOfStart, readContext } from "./nats-context.ts"
import { commandPaths, commandSettings, keyOf, type Setting, sharedSettings } from "./settings.ts"

/** What stands behind the flags: the environment, over the file. */
export interface Configuration {
  readonly file: ConfigurationFile | undefined
  readonly env: NodeJS.ProcessEnv
  readonly settings: ReadonlyArray<Setting>
  /** Every command, with its words: `thresholds what-if`. */
  readonly commands: ReadonlyArray<string>
  /** For what is read by name (`NATS_URL`, `LOG_LEVEL`, …). */
  readonly provider: ConfigProvider.ConfigProvider
}

export type Origin =
  | { readonly from: "environment"; readonly name: string }
  | { readonly from: "file"; readonly path: string }

export interface Configured {
  readonly value: FileValue
  readonly origin: Origin
}

/** Where a setting has a value outside the command line; the environment is over the file. */
export const configured = (configuration: Configuration, setting: Setting): Configured | undefined => {
  for (const name of [setting.env, ...(setting.sharedEnv === undefined ? [] : [setting.sharedEnv])]) {
    const text = configuration.env[name]
    if (text !== undefined && text !== "") return { value: text, origin: { from: "environment", name } }
  }
  const value = configuration.file?.values.get(keyOf(setting))
  return value === undefined ? undefined : { value, origin: { from: "file", path: configuration.file!.path } }
}

/** Reads what is configured for the commands below `root`. Throws a `UserFailure` where the file is not right. */
export const loadConfiguration = (
  root: Command.Command.Any,
  args: ReadonlyArray<string>,
  env: NodeJS.ProcessEnv
): Configuration => {
  const settings = [...sharedSettings, ...commandSettings(root)]
  const commands = commandPaths(root)
  const path = fileNamed(args, env)
  const file = path === undefined ? undefined : readConfiguration(path, settings.map(keyOf))
  const fromFile = Object.fromEntries(
    sharedSettings.flatMap((setting) => {
      const value = file?.values.get(keyOf(setting))
      return value === undefined ? [] : [[setting.env, String(value)]]
    })
  )
  const context =
    contextNamed(args, env, fromFile) ?? contextOfStart(args, commandIn(commands, args).path, [env, fromFile])
  const providers = [env, fromFile, context === undefined ? {} : readContext(context, env)]
  return {
    file,
    env,
    settings,
    commands,
    provider: providers
      .map((record) => ConfigProvider.fromEnvRecord(record))
      .reduce((a, b) => ConfigProvider.orElse(a, b))
  }
}

const given = (setting: Setting, args: ReadonlyArray<string>): boolean => {
  const { name, aliases } = setting.flag!
  const spelled = [
    `--${name}`,
    `--no-${name}`,
    ...aliases.map((alias) => (alias.length === 1 ? `-${alias}` : `--${alias}`))
  ]
  return args.some((arg) => spelled.some((flag) => arg === flag || arg.startsWith(`${flag}=`)))
}

const asFlags = (setting: Setting, value: FileValue): ReadonlyArray<string> => {
  const name = setting.flag!.name
  if (setting.kind === "switch") return [`--${name}=${value}`]
  return (Array.isArray(value) ? value : [value]).map((item) => `--${name}=${item}`)
}

/** The subcommand that `args` name, and where its own arguments begin. */
const commandIn = (commands: ReadonlyArray<string>, args: ReadonlyArray<string>) => {
  const path: Array<string> = []
  let at = 0
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg === "--") break
    if (arg.startsWith("-")) {
      // Only these take a value in front of a command.
      if (["--config", "--prefix", "--context", "--log-level", "--completions"].includes(arg)) i++
      continue
    }
    if (!commands.includes([...path, arg].join(" "))) break
    path.push(arg)
    at = i + 1
  }
  return { path, at }
}

export interface WithConfigured {
  readonly args: ReadonlyArray<string>
  /** Where the value of an added flag comes from, by the flag's name, for whoever must tell that it is wrong. */
  readonly origins: ReadonlyMap<string, Origin>
}

export const originText = (origin: Origin): string =>
  origin.from === "environment" ? `the variable ${origin.name}` : `the configuration ${origin.path}`

/**
 * Adds to the command line, as flags, what the environment and the file say and the command line does not, so that a value is read and refused
 * by one code whatever it comes from.
 */
export const withConfigured = (configuration: Configuration, args: ReadonlyArray<string>): WithConfigured => {
  const { path, at } = commandIn(configuration.commands, args)
  const origins = new Map<string, Origin>()
  if (path.length === 0) return { args, origins }
  const end = args.indexOf("--")
  const own = args.slice(at, end < 0 ? args.length : end)
  const added = configuration.settings.flatMap((setting) => {
    if (setting.flag === undefined || setting.flag.command.join(" ") !== path.join(" ") || given(setting, own))
      return []
    const found = configured(configuration, setting)
    if (found === undefined) return []
    origins.set(setting.flag.name, found.origin)
    return asFlags(setting, found.value)
  })
  return { args: [...args.slice(0, at), ...added, ...args.slice(at)], origins }
}
