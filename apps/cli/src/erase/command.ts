import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { eraseFlags } from "./flags.ts"

export const eraseCommand = Command.make(
  "erase",
  eraseFlags,
  lazy(async () => (await import("./run.ts")).erase)
).pipe(
  Command.withDescription(
    "Erase the raw lines, rejects, incidents and acts that name a client for good, then check. Exits 1 if any remain."
  ),
  Command.withExamples([
    {
      command: "chaussettes erase 203.0.113.7",
      description: "Print which messages would be erased, and how many lines of other clients they hold"
    },
    { command: "chaussettes erase 203.0.113.7 --yes", description: "Erase them" }
  ])
)
