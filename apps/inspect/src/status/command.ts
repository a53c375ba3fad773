import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { statusFlags } from "./flags.ts"

export const statusCommand = Command.make(
  "status",
  statusFlags,
  lazy(async () => (await import("./run.ts")).status)
).pipe(Command.withDescription("Print the state of all parts: what is wrong, since when, and for which client or URL"))
