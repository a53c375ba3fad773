import { asSpan, jsonFlag, natsFlags } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"

export const topFlags = {
  nats: natsFlags,
  everyMs: Flag.String("every").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("Look again after this long"),
    Flag.withDefault("2s"),
    asSpan(500, 3_600_000)
  ),
  json: jsonFlag
} as const

export type TopInput = Command.Command.Config.Infer<typeof topFlags>
