import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { startFlags } from "./flags.ts"

export const startCommand = Command.make(
  "start",
  startFlags,
  lazy(async () => (await import("./run.ts")).start)
).pipe(
  Command.withDescription(
    "Everything on this machine: server, traffic, detector, thresholds, page, notifications; alerts as they come; until Ctrl-C"
  ),
  Command.withExamples([
    { command: "chaussettes start", description: "With simulated traffic" },
    { command: "chaussettes start --logs '/var/log/nginx/*.log'", description: "With the logs of this machine" },
    { command: "chaussettes start --no-generator", description: "Then: chaussettes ship access.log" },
    { command: "chaussettes start --notify ntfy://ntfy.sh/my-topic", description: "Incidents on a telephone, too" }
  ])
)
