import { jsonFlag, natsFlags } from "@chaussettes/service"
import { Argument, type Command, Flag } from "effect/cli"

export const explainFlags = {
  nats: natsFlags,
  id: Argument.String("id").pipe(
    Argument.withDescription("The alert's id, as ALERTS and `chaussettes alerts` show it")
  ),
  errorsOnly: Flag.Boolean("errors-only").pipe(
    Flag.withDescription("Only the lines that are errors"),
    Flag.withDefault(false)
  ),
  raw: Flag.Boolean("raw").pipe(
    Flag.withDescription("The lines byte for byte and nothing else, for another program; they may act on a terminal"),
    Flag.withDefault(false)
  ),
  json: jsonFlag
} as const

export type ExplainInput = Command.Command.Config.Infer<typeof explainFlags>
