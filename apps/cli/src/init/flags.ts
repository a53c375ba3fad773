import { jsonFlag, natsFlags, spanFlag } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"

export const initFlags = {
  nats: natsFlags,
  seuils: Flag.String("seuils").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("First thresholds, such as deploy/seuils.json; written only where there are none"),
    Flag.optional
  ),
  limits: Flag.KeyValuePair("limit").pipe(
    Flag.withMetavar("STREAM.limit=value"),
    Flag.withDescription("A limit to apply: LOGS.age=30d, LOGS.bytes=10GiB, ALERTS.replicas=3; may be given again"),
    Flag.withDefault({})
  ),
  waitMs: spanFlag("wait").pipe(Flag.withDescription("How long to wait for the server"), Flag.withDefault(10_000)),
  waitForViewers: Flag.Boolean("wait-for-viewers").pipe(
    Flag.withDescription(
      "Wait for the viewers' server, too, where both start at once (default: copies only if it is there)"
    ),
    Flag.withDefault(false)
  ),
  json: jsonFlag
} as const

export type InitInput = Command.Command.Config.Infer<typeof initFlags>
