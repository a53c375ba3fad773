import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { analyzeFlags } from "./flags.ts"

export const analyzeCommand = Command.make(
  "analyze",
  analyzeFlags,
  lazy(async () => (await import("./run.ts")).analyze)
).pipe(
  Command.withDescription(
    "Detect over log files, without a server. Prints alerts as JSON lines on stdout and a summary on stderr. Exits 1 if most lines get no verdict."
  ),
  Command.withExamples([
    { command: "chaussettes analyze access.log", description: "Print the alerts of a log" },
    { command: "chaussettes analyze --incidents access.log*", description: "Print what was worth waking up for" },
    { command: "chaussettes analyze access.log*", description: "Read rotated files in the order of their times" },
    {
      command: "ssh web1 cat access.log | chaussettes analyze - --window 1m",
      description: "Read standard input, in windows of a minute"
    }
  ])
)
