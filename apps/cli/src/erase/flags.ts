import { jsonFlag, natsFlags } from "@chaussettes/service"
import { Argument, type Command, Flag } from "effect/cli"

export const eraseFlags = {
  nats: natsFlags,
  address: Argument.String("address").pipe(Argument.withDescription("The client's IP address, in any notation")),
  yes: Flag.Boolean("yes").pipe(
    Flag.withDescription("Erase; without it, only print what would be erased"),
    Flag.withDefault(false)
  ),
  json: jsonFlag
} as const

export type EraseInput = Command.Command.Config.Infer<typeof eraseFlags>
