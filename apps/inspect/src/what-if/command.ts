import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { whatIfFlags } from "./flags.ts"

export const whatIfIncidentsCommand = Command.make(
  "what-if",
  whatIfFlags,
  lazy(async () => (await import("./run.ts")).whatIfIncidents)
).pipe(
  Command.withDescription("Tell which incidents people would have been told of with another budget, or other silences"),
  Command.withExamples([
    {
      command: "chaussettes incidents what-if --budget 0.2",
      description: "With one false incident in five weeks, by the stored evidence"
    },
    {
      command: "chaussettes incidents what-if --silence 'kind=client-errors key=203.0.113.0/24'",
      description: "With a silence that is not there yet"
    },
    {
      command: "chaussettes incidents what-if --since 7d --budget 5",
      description: "With more of them: decides them again by the lines of LOGS"
    }
  ])
)
