import { jsonFlag, natsFlags } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"

export const statusFlags = {
  nats: natsFlags,
  watch: Flag.Boolean("watch").pipe(Flag.withDescription("Refresh every two seconds"), Flag.withDefault(false)),
  json: jsonFlag
} as const

export type StatusInput = Command.Command.Config.Infer<typeof statusFlags>
