import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { setFlags, unsetFlags } from "./flags.ts"

export const setCommand = Command.make(
  "set",
  setFlags,
  lazy(async () => (await import("./set.ts")).set)
).pipe(
  Command.withDescription("Put a threshold in force by hand; what is learnt leaves it alone until it is unset"),
  Command.withExamples([
    { command: "chaussettes thresholds set ip 0.4", description: "Alert for a client of which more than 40 % fails" }
  ])
)

export const unsetCommand = Command.make(
  "unset",
  unsetFlags,
  lazy(async () => (await import("./unset.ts")).unset)
).pipe(
  Command.withDescription(
    "Take back a threshold that was put by hand: what was last learnt is in force again, and is learnt further"
  ),
  Command.withExamples([
    { command: "chaussettes thresholds unset ip", description: "Undo `set ip`" },
    { command: "chaussettes thresholds unset urls", description: "Remove a key that nothing reads" }
  ])
)
