import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { verifyFlags } from "./flags.ts"

export const verifyCommand = Command.make(
  "verify",
  verifyFlags,
  lazy(async () => (await import("./run.ts")).verify)
).pipe(
  Command.withDescription(
    "Derive windows and alerts again from LOGS and compare: what is lost, extra or different; exit 1 unless nothing is"
  ),
  Command.withShortDescription("Derive everything again from LOGS and compare"),
  Command.withExamples([
    { command: "chaussettes verify", description: "All that LOGS still holds" },
    {
      command: "chaussettes verify --from 2026-01-05T00:00:00Z --json",
      description: "Since a time, the result as JSON"
    }
  ])
)
