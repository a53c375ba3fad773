import { dimensions } from "@chaussettes/domain"
import { asForm, jsonFlag, natsFlags, parseSpanMs, spanExpected } from "@chaussettes/service"
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"

export const explainCommand = Command.make(
  "explain",
  {
    nats: natsFlags,
    id: Argument.String("id").pipe(
      Argument.withDescription("The alert's id, as ALERTS and `chaussettes alerts` show it")
    ),
    errorsOnly: Flag.Boolean("errors-only").pipe(
      Flag.withDescription("Only the lines that are errors"),
      Flag.withDefault(false)
    ),
    raw: Flag.Boolean("raw").pipe(
      Flag.withDescription("The lines byte for byte and nothing else, for another program; they may act on a terminal"),
      Flag.withDefault(false)
    ),
    json: jsonFlag
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./explain.ts")),
      ({ explain }) => explain(input)
    )
).pipe(
  Command.withDescription("The lines behind an alert, fetched from LOGS, errors marked"),
  Command.withExamples([
    { command: "chaussettes explain global.20150517T100500Z-10s", description: "Why all traffic alerted then" }
  ])
)

export const statusCommand = Command.make(
  "status",
  {
    nats: natsFlags,
    watch: Flag.Boolean("watch").pipe(Flag.withDescription("Look again every two seconds"), Flag.withDefault(false)),
    json: jsonFlag
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./status.ts")),
      ({ status }) => status(input)
    )
).pipe(Command.withDescription("The state of all parts: is something wrong, since when, who or what"))

export const alertsCommand = Command.make(
  "alerts",
  {
    nats: natsFlags,
    follow: Flag.Boolean("follow").pipe(
      Flag.withAlias("f"),
      Flag.withDescription("Go on with each new alert"),
      Flag.withDefault(false)
    ),
    dimension: Flag.Literals("dimension", dimensions).pipe(
      Flag.withDescription("Only alerts of this dimension"),
      Flag.optional
    ),
    severity: Flag.Literals("severity", ["high", "medium"]).pipe(
      Flag.withDescription("Only alerts of this severity"),
      Flag.optional
    ),
    key: Flag.String("key").pipe(
      Flag.withMetavar("text"),
      Flag.withDescription("Only alerts whose IP or URL contains this"),
      Flag.optional
    ),
    sinceMs: Flag.String("since").pipe(
      Flag.withMetavar("span"),
      Flag.withDescription("All of the last hours or days, such as 2h, instead of the last few"),
      asForm(parseSpanMs, spanExpected),
      Flag.optional
    ),
    last: Flag.Int("last").pipe(
      Flag.withDescription("How many of the newest alerts to print"),
      Flag.filter(
        (n) => n >= 0 && n <= 20_000,
        () => "a number from 0 to 20000"
      ),
      Flag.withDefault(20)
    ),
    json: jsonFlag
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./alerts.ts")),
      ({ alerts }) => alerts(input)
    )
).pipe(
  Command.withDescription("The newest alerts, filtered, and with --follow each new one"),
  Command.withExamples([
    { command: "chaussettes alerts --follow --severity high", description: "Each serious alert as it is raised" },
    { command: "chaussettes alerts --since 2h --dimension ip --json", description: "JSON lines for another program" }
  ])
)
