import { asSpan, jsonFlag, natsFlags, within } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"

export const incidentsFlags = {
  nats: natsFlags,
  sinceMs: Flag.String("since").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("Print incidents that were open in this span before the newest decided window"),
    Flag.withDefault("1d"),
    asSpan(0)
  ),
  open: Flag.Boolean("open").pipe(
    Flag.withDescription("Print only incidents that are still open"),
    Flag.withDefault(false)
  ),
  alerts: Flag.Boolean("alerts").pipe(
    Flag.withDescription("Print consecutive alerts of one key as one incident, instead of what the detector decided"),
    Flag.withDefault(false)
  ),
  quiet: Flag.Int("quiet").pipe(
    Flag.withMetavar("windows"),
    Flag.withDescription("With --alerts: close an incident after this many windows without an alert of its key"),
    Flag.withDefault(3),
    within(1, 10_000)
  ),
  json: jsonFlag
} as const

export type IncidentsInput = Command.Command.Config.Infer<typeof incidentsFlags>
