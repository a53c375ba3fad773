import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { verifyFlags } from "./flags.ts"

export const verifyCommand = Command.make(
  "verify",
  verifyFlags,
  lazy(async () => (await import("./run.ts")).verify)
).pipe(
  Command.withDescription(
    "Derive windows and alerts again from LOGS and compare them with what is stored. Exits 1 if anything is lost, extra or different."
  ),
  Command.withShortDescription("Derive everything again from LOGS and compare it with what is stored"),
  Command.withExamples([
    { command: "chaussettes verify", description: "Verify all that LOGS still holds" },
    {
      command: "chaussettes verify --from 2026-01-05T00:00:00Z --json",
      description: "Verify from a time on, and print the result as JSON"
    }
  ])
)
