import { asForm, jsonFlag, natsFlags, parseSpanMs, spanExpected } from "@chaussettes/service"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"

export const incidentsCommand = Command.make(
  "incidents",
  {
    nats: natsFlags,
    sinceMs: Flag.String("since").pipe(
      Flag.withMetavar("span"),
      Flag.withDescription("Incidents that were open at any time in so long before the newest decided window"),
      Flag.withDefault("1d"),
      asForm(parseSpanMs, spanExpected)
    ),
    open: Flag.Boolean("open").pipe(Flag.withDescription("Only those that are still open"), Flag.withDefault(false)),
    quiet: Flag.Int("quiet").pipe(
      Flag.withMetavar("windows"),
      Flag.withDescription("So many windows without an alert of its key close an incident"),
      Flag.withDefault(3),
      Flag.filter(
        (n) => n >= 1 && n <= 10_000,
        () => `a number from 1 to 10000`
      )
    ),
    json: jsonFlag
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./run.ts")),
      ({ incidents }) => incidents(input)
    )
).pipe(
  Command.withDescription("Consecutive alerts of one key as one incident: open and closed ones"),
  Command.withExamples([
    { command: "chaussettes incidents", description: "Of the last day" },
    { command: "chaussettes incidents --since 7d --json", description: "Of a week, for a program" }
  ])
)
