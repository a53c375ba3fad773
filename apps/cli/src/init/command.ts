import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { initFlags } from "./flags.ts"

export const initCommand = Command.make(
  "init",
  initFlags,
  lazy(async () => (await import("./run.ts")).init)
).pipe(
  Command.withDescription("Create the streams and buckets, update their limits, and write the first thresholds"),
  Command.withExamples([
    {
      command: "chaussettes init --seuils deploy/seuils.json",
      description: "Set up a server; running it again changes nothing"
    },
    { command: "chaussettes init --replicas 3", description: "Keep everything on three servers of a cluster" },
    { command: "chaussettes init --limit LOGS.age=7d", description: "Keep raw lines for a week" }
  ])
)
