import { parseIgnore } from "@chaussettes/domain"
import { jsonFlag, natsFlags } from "@chaussettes/service"
import { Option } from "effect"
import { Argument, type Command } from "effect/cli"

/** The rules in an argument, by their names: one, or several with `;`. */
export const ruleNames = (text: string): ReadonlyArray<string> | undefined => {
  const parsed = parseIgnore(text)
  return parsed.ok && parsed.rules.length > 0 ? parsed.rules.map(({ name }) => name) : undefined
}

export const addRulesFlags = {
  nats: natsFlags,
  rules: Argument.String("rule").pipe(
    Argument.withDescription(
      "health, monitors, static, bots, or fields such as 'path=/internal/* client=10.0.0.0/8'; separate several with ;"
    ),
    Argument.filterMap(
      (text) => Option.fromUndefinedOr(ruleNames(text)),
      (text) => {
        const parsed = parseIgnore(text)
        return `a rule such as health or path=/internal/*${parsed.ok ? "" : `; ${parsed.reason}`}`
      }
    ),
    Argument.variadic({ min: 1 }),
    Argument.map((rules) => rules.flat())
  ),
  json: jsonFlag
} as const

export type AddRulesInput = Command.Command.Config.Infer<typeof addRulesFlags>

export const removeRulesFlags = {
  nats: natsFlags,
  rules: Argument.String("rule").pipe(
    Argument.withDescription("A rule as `chaussettes ignore list` prints it, or a refused rule as it was written"),
    Argument.map((text) => text.trim()),
    Argument.variadic({ min: 1 })
  ),
  json: jsonFlag
} as const

export type RemoveRulesInput = Command.Command.Config.Infer<typeof removeRulesFlags>

export const listRulesFlags = { nats: natsFlags, json: jsonFlag } as const

export type ListRulesInput = Command.Command.Config.Infer<typeof listRulesFlags>
