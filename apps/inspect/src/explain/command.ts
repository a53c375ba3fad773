import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { explainFlags } from "./flags.ts"

export const explainCommand = Command.make(
  "explain",
  explainFlags,
  lazy(async () => (await import("./run.ts")).explain)
).pipe(
  Command.withDescription("Print the lines that an alert counts, from LOGS, with errors marked"),
  Command.withExamples([
    { command: "chaussettes explain global.20150517T100500Z-10s", description: "Explain an alert of all traffic" }
  ])
)
