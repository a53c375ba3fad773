import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { thresholdsFlags } from "./compute/flags.ts"
import { historyCommand } from "./history/command.ts"
import { setCommand, unsetCommand } from "./set/command.ts"
import { whatIfCommand } from "./what-if/command.ts"

export const thresholdsCommand = Command.make(
  "thresholds",
  thresholdsFlags,
  lazy(async () => (await import("./compute/run.ts")).thresholds)
).pipe(
  Command.withDescription("Compute the thresholds from all of LOGS, check them, and publish them"),
  Command.withSubcommands([setCommand, unsetCommand, whatIfCommand, historyCommand]),
  Command.withExamples([
    { command: "chaussettes thresholds", description: "Compute once and publish" },
    { command: "chaussettes thresholds --every 1h", description: "Run as a service" },
    {
      command: "chaussettes thresholds --from access.log --out seuils.json",
      description: "Compute from files, without a server"
    },
    { command: "chaussettes thresholds set ip 0.4", description: "Set a threshold by hand" },
    {
      command: "chaussettes thresholds what-if --ip 0.4",
      description: "Count the alerts that this threshold would have raised"
    }
  ])
)
