import { jsonFlag, natsFlags } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"

export const historyFlags = {
  nats: natsFlags,
  backTo: Flag.Int("back-to").pipe(
    Flag.withMetavar("revision"),
    Flag.withDescription("Restore the thresholds of this revision, with all that were published together"),
    Flag.filter(
      (revision) => revision >= 1,
      () => "a revision, as the list shows them"
    ),
    Flag.optional
  ),
  json: jsonFlag
} as const

export type HistoryInput = Command.Command.Config.Infer<typeof historyFlags>
