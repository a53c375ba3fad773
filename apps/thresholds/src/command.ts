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
  Command.withDescription("Learns the thresholds from the whole of LOGS, checks them, and publishes them"),
  Command.withSubcommands([setCommand, unsetCommand, whatIfCommand, historyCommand]),
  Command.withExamples([
    { command: "chaussettes thresholds", description: "Compute once and publish" },
    { command: "chaussettes thresholds --every 1h", description: "The service" },
    {
      command: "chaussettes thresholds --from access.log --out seuils.json",
      description: "From files, without a server"
    },
    { command: "chaussettes thresholds set ip 0.4", description: "By hand" },
    { command: "chaussettes thresholds what-if --ip 0.4", description: "What would have alerted with that" }
  ])
)
