import {
  type Configuration,
  configured,
  defaultOf,
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

const rowOf = (root: Command.Command.Any, configuration: Configuration, setting: Setting) =>
  Effect.gen(function* () {
    const found = configured(configuration, setting)
    if (found !== undefined) {
      const from =
        found.origin.from === "environment" ? `environment ${found.origin.name}` : `file ${found.origin.path}`
      return { key: keyOf(setting), value: setting.secret ? "(secret)" : found.value, from } satisfies Row
    }
    const value =
      setting.flag === undefined ? setting.default : yield* defaultOf(root, setting.flag.command, setting.flag.name)
    return { key: keyOf(setting), value: value ?? null, from: "default" } satisfies Row
  })

/** Prints every setting, its value and where it comes from; secrets only as being there. */
export const printConfiguration = (root: Command.Command.Any, json: boolean) =>
  Effect.gen(function* () {
    const configuration = yield* Effect.try({
      try: () => loadConfiguration(root, process.argv.slice(2), process.env),
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
