import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { actCommands } from "../acts/command.ts"
import { whatIfIncidentsCommand } from "../what-if/command.ts"
import { incidentsFlags } from "./flags.ts"

export const incidentsCommand = Command.make(
  "incidents",
  incidentsFlags,
  lazy(async () => (await import("./run.ts")).incidents)
).pipe(
  Command.withDescription("Print incidents, open and closed: what was worth waking up for, once and by its cause"),
  Command.withSubcommands([...actCommands, whatIfIncidentsCommand]),
  Command.withExamples([
    { command: "chaussettes incidents", description: "Print the incidents of the last day" },
    { command: "chaussettes incidents --since 7d --json", description: "Print those of a week for another program" }
  ])
)
