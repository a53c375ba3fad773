import { asSpan, jsonFlag, natsFlags, within } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"

export const incidentsFlags = {
  nats: natsFlags,
  sinceMs: Flag.String("since").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("Incidents that were open at any time in so long before the newest decided window"),
    Flag.withDefault("1d"),
    asSpan(0)
  ),
  open: Flag.Boolean("open").pipe(Flag.withDescription("Only those that are still open"), Flag.withDefault(false)),
  quiet: Flag.Int("quiet").pipe(
    Flag.withMetavar("windows"),
    Flag.withDescription("So many windows without an alert of its key close an incident"),
    Flag.withDefault(3),
    within(1, 10_000)
  ),
  json: jsonFlag
} as const

export type IncidentsInput = Command.Command.Config.Infer<typeof incidentsFlags>
