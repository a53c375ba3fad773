import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { incidentsFlags } from "./flags.ts"

export const incidentsCommand = Command.make(
  "incidents",
  incidentsFlags,
  lazy(async () => (await import("./run.ts")).incidents)
).pipe(
  Command.withDescription("Consecutive alerts of one key as one incident: open and closed ones"),
  Command.withExamples([
    { command: "chaussettes incidents", description: "Of the last day" },
    { command: "chaussettes incidents --since 7d --json", description: "Of a week, for a program" }
  ])
)
