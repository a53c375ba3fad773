import {
  type Configuration,
  configured,
  defaultOf,
  type FileValue,
  givenEnvironment,
  keyOf,
  loadConfiguration,
  type Setting,
  toUserFailure
} from "@chaussettes/service"
import { Effect } from "effect"
import type { Command } from "effect/cli"

interface Row {
  readonly key: string
  readonly value: string | number | boolean | ReadonlyArray<string | number | boolean> | null
  readonly from: string
}

/** Settings that are addresses, whatever form theirs is in. */
const isAddress = /(^|-)(url|server|webhook|alertmanager|notify|to)s?$/
const isHostAndPort = /^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i

/**
 * Of an address what says where it is: a user and password in it, and a path or query that may be a secret of its own, are left out. Of one that
 * is not well formed nothing is known, and nothing shown.
 */
const masked = (text: string, address: boolean): string =>
  text
    .split(",")
    .map((part) => {
      if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(part.trim()))
        return address && !isHostAndPort.test(part.trim()) ? "(an address)" : part
      if (!URL.canParse(part.trim())) return "(an address)"
      const url = new URL(part.trim())
      const user = url.username === "" && url.password === "" ? "" : "(secret)@"
      const rest = `${url.pathname}${url.search}${url.hash}`
      return `${url.protocol}//${user}${url.host}${rest === "" || rest === "/" ? "" : "/(secret)"}`
    })
    .join(",")

const shownValue = (setting: Setting, value: FileValue): FileValue => {
  // A name that says what it holds needs no mark of its own.
  const name = setting.path.at(-1)!
  if (/(password|token|secret)$/.test(name)) return "(secret)"
  const shown = (item: string | number | boolean) =>
    typeof item === "string" ? masked(item, isAddress.test(name)) : item
  return Array.isArray(value) ? value.map(shown) : shown(value as string | number | boolean)
}

const rowOf = (root: Command.Command.Any, configuration: Configuration, setting: Setting) =>
  Effect.gen(function* () {
    const found = configured(configuration, setting)
    if (found !== undefined) {
      const from =
        found.origin.from === "environment" ? `environment ${found.origin.name}` : `file ${found.origin.path}`
      return {
        key: keyOf(setting),
        value: setting.secret ? "(secret)" : shownValue(setting, found.value),
        from
      } satisfies Row
    }
    const value =
      setting.flag === undefined ? setting.default : yield* defaultOf(root, setting.flag.command, setting.flag.name)
    return { key: keyOf(setting), value: value ?? null, from: "default" } satisfies Row
  })

/** Prints every setting, its value and where it comes from; secrets only as being there. */
export const printConfiguration = Effect.fn("printConfiguration")(function* (root: Command.Command.Any, json: boolean) {
  const configuration = yield* Effect.try({
    try: () => loadConfiguration(root, process.argv.slice(2), givenEnvironment),
    catch: toUserFailure
  })
  const rows = yield* Effect.forEach(configuration.settings, (setting) => rowOf(root, configuration, setting))
  if (json) {
    process.stdout.write(
      `${JSON.stringify(Object.fromEntries(rows.map(({ key, ...rest }) => [key, rest])), null, 2)}\n`
    )
    return
  }
  const width = (of: (row: Row) => string) => Math.min(44, Math.max(...rows.map((row) => of(row).length)))
  const text = (row: Row) => (row.value === null ? "–" : String(row.value))
  const [keyWidth, valueWidth] = [width((row) => row.key), width(text)]
  for (const row of rows) {
    process.stdout.write(`${row.key.padEnd(keyWidth)}  ${text(row).padEnd(valueWidth)}  ${row.from}\n`)
  }
})
