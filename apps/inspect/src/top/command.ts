import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { topFlags } from "./flags.ts"

export const topCommand = Command.make(
  "top",
  topFlags,
  lazy(async () => (await import("./run.ts")).top)
).pipe(
  Command.withDescription(
    "Watch traffic, incidents and the worst clients and URLs on a live screen. Without a terminal: print it once."
  ),
  Command.withExamples([
    { command: "chaussettes top", description: "Watch; press ? for the keys" },
    { command: "chaussettes top --json", description: "Print what the screen shows for another program" }
  ])
)
