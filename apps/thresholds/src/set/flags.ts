import { dimensions, parseThreshold, type Threshold } from "@chaussettes/domain"
import { jsonFlag, natsFlags, parseShare } from "@chaussettes/service"
import { Option } from "effect"
import { Argument, type Command } from "effect/cli"

const names = `${dimensions.slice(0, -1).join(", ")} or ${dimensions.at(-1)}`

/** A threshold as people write it: a rate, a percentage, or a table as `nats kv get seuils ip --raw` prints it. */
export const thresholdOf = (text: string): Threshold | undefined => {
  const parsed = parseThreshold(text.trim().endsWith("%") ? `${parseShare(text)}` : text)
  return parsed.ok ? parsed.value : undefined
}

export const setFlags = {
  nats: natsFlags,
  dimension: Argument.Literals("dimension", dimensions).pipe(
    Argument.withDescription(`The dimension of the threshold: ${names}`)
  ),
  threshold: Argument.String("threshold").pipe(
    Argument.withDescription("A rate such as 0.4 or 40%, or a table as JSON"),
    Argument.filterMap(
      (text) => Option.fromUndefinedOr(thresholdOf(text)),
      () => 'a rate from 0 to 1 like 0.4 or 40%, or a table like {"rate":0.4,"least_errors":[[5,3]]}'
    )
  ),
  json: jsonFlag
} as const

export type SetInput = Command.Command.Config.Infer<typeof setFlags>

export const unsetFlags = {
  nats: natsFlags,
  key: Argument.String("key").pipe(
    Argument.withDescription(`${names}, or an unknown key that \`chaussettes status\` reports`)
  ),
  json: jsonFlag
} as const

export type UnsetInput = Command.Command.Config.Infer<typeof unsetFlags>
