import { jsonFlag, natsFlags, timeFlag, within } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"
import { foldFlag } from "../fold/flag.ts"

export const verifyFlags = {
  nats: natsFlags,
  from: timeFlag("from").pipe(Flag.withDescription("Verify only windows that end after this time"), Flag.optional),
  to: timeFlag("to").pipe(Flag.withDescription("Verify only windows that begin before this time"), Flag.optional),
  examples: Flag.Int("examples").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("Print the first N differences"),
    within(0, 100_000),
    Flag.withDefault(20)
  ),
  fold: foldFlag,
  json: jsonFlag
} as const

export type VerifyInput = Command.Command.Config.Infer<typeof verifyFlags>
