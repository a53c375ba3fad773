import { existsSync, readFileSync } from "node:fs"
import { parse as parseToml } from "smol-toml"
import { reasonOf, wrongUsage } from "../failure.ts"
import { refuseEndlessFile, refuseOthersFile } from "../files/own-file.ts"
import { nearest } from "./nearest.ts"

/** A value as it may stand in the file; a list gives a flag more than once. */
export type FileValue = string | number | boolean | ReadonlyArray<string | number | boolean>

export interface ConfigurationFile {
  readonly path: string
  /** By dotted key: `detect.window`. */
  readonly values: ReadonlyMap<string, FileValue>
}

/** Looked for in the current folder when no file is named. */
const defaultFiles = ["chaussettes.toml", "chaussettes.json"] as const

/** What a flag of all commands says, for what must be known before the command line is parsed; undefined where it is not given. */
export const valueOfGlobalFlag = (args: ReadonlyArray<string>, name: string): string | undefined => {
  const flag = `--${name}`
  const end = args.indexOf("--")
  const own = end < 0 ? args : args.slice(0, end)
  const at = own.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`))
  if (at < 0) return undefined
  return own[at] === flag ? own[at + 1] : own[at]!.slice(flag.length + 1)
}

export const fileNamed = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv): string | undefined =>
  valueOfGlobalFlag(args, "config") ?? (env.CHAUSSETTES_CONFIG || defaultFiles.find((name) => existsSync(name)))

const isValue = (value: unknown): value is FileValue =>
  ["string", "number", "boolean"].includes(typeof value) ||
  (Array.isArray(value) && value.every((item) => ["string", "number", "boolean"].includes(typeof item)))

const flatten = (table: object, prefix: string, into: Map<string, FileValue>, path: string): void => {
  for (const [name, value] of Object.entries(table)) {
    const key = prefix === "" ? name : `${prefix}.${name}`
    if (isValue(value)) into.set(key, value)
    else if (typeof value === "object" && value !== null && !Array.isArray(value)) flatten(value, key, into, path)
    else throw wrongUsage(`${path}: ${key} is not a text, a number, true or false, or a list of these.`)
  }
}

/** Reads a file (TOML; JSON when its name ends so). Throws a `UserFailure`: not readable, another user's, not well formed, a key that nobody knows. */
export const readConfiguration = (path: string, known: ReadonlyArray<string>): ConfigurationFile => {
  // It names programs to run and servers to trust.
  refuseOthersFile(path)
  refuseEndlessFile(`the configuration ${path}`, path)
  let text: string
  try {
    text = readFileSync(path, "utf8")
  } catch (error) {
    throw wrongUsage(`Cannot read the configuration ${path}: ${reasonOf(error)}. Give another with --config.`)
  }
  let table: unknown
  try {
    table = path.endsWith(".json") ? JSON.parse(text) : parseToml(text)
  } catch (error) {
    throw wrongUsage(
      `The configuration ${path} is not well formed: ${reasonOf(error)}. Correct it or give another with --config.`
    )
  }
  if (typeof table !== "object" || table === null || Array.isArray(table)) {
    throw wrongUsage(`The configuration ${path} is not a table of settings. See docs/configuration.md.`)
  }
  const values = new Map<string, FileValue>()
  flatten(table, "", values, path)
  for (const key of values.keys()) {
    if (known.includes(key)) continue
    const meant = nearest(key, known)
    throw wrongUsage(
      `${path}: unknown setting ${key}.${meant === undefined ? "" : ` Did you mean ${meant}?`} See docs/configuration.md for all settings.`
    )
  }
  return { path, values }
}
