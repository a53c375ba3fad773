import { asSpan, jsonFlag, natsFlags, within } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"

export const alertsFlags = {
  nats: natsFlags,
  follow: Flag.Boolean("follow").pipe(
    Flag.withAlias("f"),
    Flag.withDescription("Then print each new alert"),
    Flag.withDefault(false)
  ),
  dimension: Flag.Literals("dimension", ["global", "ip", "url"]).pipe(
    Flag.withDescription("Print only alerts of this dimension"),
    Flag.optional
  ),
  severity: Flag.Literals("severity", ["high", "medium"]).pipe(
    Flag.withDescription("Print only alerts of this severity"),
    Flag.optional
  ),
  key: Flag.String("key").pipe(
    Flag.withMetavar("text"),
    Flag.withDescription("Print only alerts whose IP or URL contains this text"),
    Flag.optional
  ),
  sinceMs: Flag.String("since").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("Print all alerts of this last span, such as 2h, instead of --last"),
    asSpan(0),
    Flag.optional
  ),
  last: Flag.Int("last").pipe(
    Flag.withDescription("Print this many of the newest alerts"),
    within(0, 20_000),
    Flag.withDefault(20)
  ),
  json: jsonFlag
} as const

export type AlertsInput = Command.Command.Config.Infer<typeof alertsFlags>
