import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { statusFlags } from "./flags.ts"

export const statusCommand = Command.make(
  "status",
  statusFlags,
  lazy(async () => (await import("./run.ts")).status)
).pipe(Command.withDescription("The state of all parts: is something wrong, since when, who or what"))
