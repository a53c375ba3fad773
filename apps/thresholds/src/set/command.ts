import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { setFlags, unsetFlags } from "./flags.ts"

export const setCommand = Command.make(
  "set",
  setFlags,
  lazy(async () => (await import("./set.ts")).set)
).pipe(
  Command.withDescription("Set a threshold by hand; it stays until you unset it, whatever is computed"),
  Command.withExamples([
    {
      command: "chaussettes thresholds set ip 0.4",
      description: "Alert when more than 40% of a client's requests fail"
    }
  ])
)

export const unsetCommand = Command.make(
  "unset",
  unsetFlags,
  lazy(async () => (await import("./unset.ts")).unset)
).pipe(
  Command.withDescription("Remove a threshold set by hand: the last computed one is in force again, and is updated"),
  Command.withExamples([
    { command: "chaussettes thresholds unset ip", description: "Undo `set ip`" },
    { command: "chaussettes thresholds unset urls", description: "Remove an unknown key" }
  ])
)
