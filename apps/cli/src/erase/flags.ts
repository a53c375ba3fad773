import { jsonFlag, natsFlags } from "@chaussettes/service"
import { Argument, type Command, Flag } from "effect/cli"

export const eraseFlags = {
  nats: natsFlags,
  address: Argument.String("address").pipe(Argument.withDescription("The client's address, in any spelling")),
  yes: Flag.Boolean("yes").pipe(
    Flag.withDescription("Erase; without it, only say what would go"),
    Flag.withDefault(false)
  ),
  json: jsonFlag
} as const

export type EraseInput = Command.Command.Config.Infer<typeof eraseFlags>
