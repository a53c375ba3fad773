import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { startFlags } from "./flags.ts"

export const startCommand = Command.make(
  "start",
  startFlags,
  lazy(async () => (await import("./run.ts")).start)
).pipe(
  Command.withDescription(
    "Run everything on this machine: server, traffic, detector, thresholds, page and notifications. Prints alerts as they come, until Ctrl-C."
  ),
  Command.withExamples([
    { command: "chaussettes start", description: "Run with simulated traffic" },
    { command: "chaussettes start --logs '/var/log/nginx/*.log'", description: "Watch the logs of this machine" },
    {
      command: "chaussettes start --no-generator",
      description: "Wait for lines of your own: chaussettes ship access.log"
    },
    { command: "chaussettes start --notify ntfy://ntfy.sh/my-topic", description: "Also send incidents to a phone" }
  ])
)
