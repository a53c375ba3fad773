import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { analyzeFlags } from "./flags.ts"

export const analyzeCommand = Command.make(
  "analyze",
  analyzeFlags,
  lazy(async () => (await import("./run.ts")).analyze)
).pipe(
  Command.withDescription(
    "Detect over files, without a server: alerts as JSON lines on stdout, a summary on stderr. Exits 1 if most lines get no verdict."
  ),
  Command.withExamples([
    { command: "chaussettes analyze access.log", description: "What would have alerted" },
    { command: "chaussettes analyze access.log*", description: "Rotated files, put in the order of their times" },
    {
      command: "ssh web1 cat access.log | chaussettes analyze - --window 1m",
      description: "From standard input, by minute"
    }
  ])
)
