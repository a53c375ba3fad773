import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { explainFlags } from "./flags.ts"

export const explainCommand = Command.make(
  "explain",
  explainFlags,
  lazy(async () => (await import("./run.ts")).explain)
).pipe(
  Command.withDescription("The lines behind an alert, fetched from LOGS, errors marked"),
  Command.withExamples([
    { command: "chaussettes explain global.20150517T100500Z-10s", description: "Why all traffic alerted then" }
  ])
)
