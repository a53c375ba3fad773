import { formFlag, jsonFlag, natsFlags, spanFlag } from "@chaussettes/service"
import { type Command, Flag } from "effect/cli"

const readReplicas = (text: string): number | undefined => (/^[135]$/.test(text) ? Number(text) : undefined)

export const initFlags = {
  nats: natsFlags,
  thresholds: Flag.String("seuils").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Write the thresholds in this file, such as deploy/seuils.json, where there are none yet"),
    Flag.optional
  ),
  limits: Flag.KeyValuePair("limit").pipe(
    Flag.withMetavar("STREAM.limit=value"),
    Flag.withDescription("Set a limit: LOGS.age=30d, LOGS.bytes=10GiB, ALERTS.replicas=3; may be repeated"),
    Flag.withDefault({})
  ),
  replicas: formFlag(
    "replicas",
    "1|3|5",
    readReplicas,
    "1, 3 or 5: an even number needs one server more to lose as many"
  ).pipe(
    Flag.withDescription(
      "Keep this many copies of every stream and bucket, each on a server of its own (default: 1, or as many as there are now)"
    ),
    Flag.optional
  ),
  waitMs: spanFlag("wait").pipe(
    Flag.withDescription("Wait this long for the server to answer"),
    Flag.withDefault(10_000)
  ),
  waitForViewers: Flag.Boolean("wait-for-viewers").pipe(
    Flag.withDescription(
      "Also wait for the viewers' server, where both servers start together (default: set up its copies only if it is running)"
    ),
    Flag.withDefault(false)
  ),
  json: jsonFlag
} as const

export type InitInput = Command.Command.Config.Infer<typeof initFlags>
