import { jsonFlag, natsFlags } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"

export const historyFlags = {
  nats: natsFlags,
  backTo: Flag.Int("back-to").pipe(
    Flag.withMetavar("revision"),
    Flag.withDescription("Put what stood at this revision in force again, with all that was published with it"),
    Flag.filter(
      (revision) => revision >= 1,
      () => "a revision, as the list shows them"
    ),
    Flag.optional
  ),
  json: jsonFlag
} as const

export type HistoryInput = Command.Command.Config.Infer<typeof historyFlags>
