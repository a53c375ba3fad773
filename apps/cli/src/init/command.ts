import { jsonFlag, natsFlags, spanFlag } from "@chaussettes/service"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"

export const initCommand = Command.make(
  "init",
  {
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
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./handler.ts")),
      ({ init }) => init(input)
    )
).pipe(
  Command.withDescription("Create the streams and buckets, bring their limits up to date, write the first thresholds"),
  Command.withExamples([
    {
      command: "chaussettes init --seuils deploy/seuils.json",
      description: "What compose runs; doing it again changes nothing"
    },
    { command: "chaussettes init --limit LOGS.age=7d", description: "Keep raw lines for a week" }
  ])
)
