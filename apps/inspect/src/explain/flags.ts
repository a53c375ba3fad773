import { jsonFlag, natsFlags } from "@chaussettes/service"
import { Argument, type Command, Flag } from "effect/cli"

export const explainFlags = {
  nats: natsFlags,
  id: Argument.String("id").pipe(Argument.withDescription("The alert's id, as `chaussettes alerts` prints it")),
  errorsOnly: Flag.Boolean("errors-only").pipe(
    Flag.withDescription("Print only lines that are errors"),
    Flag.withDefault(false)
  ),
  raw: Flag.Boolean("raw").pipe(
    Flag.withDescription(
      "Print only the lines, byte for byte, for another program; control characters in them reach the terminal"
    ),
    Flag.withDefault(false)
  ),
  json: jsonFlag
} as const

export type ExplainInput = Command.Command.Config.Infer<typeof explainFlags>
