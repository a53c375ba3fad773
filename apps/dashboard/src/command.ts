import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { dashboardFlags } from "./flags.ts"

export const dashboardCommand = Command.make(
  "dashboard",
  dashboardFlags,
  lazy(async () => (await import("./run.ts")).dashboard)
).pipe(
  Command.withDescription("The page: what is wrong, since when, who or what, and which lines say so"),
  Command.withExamples([
    { command: "chaussettes dashboard", description: "On http://localhost:8080, for this machine only" },
    {
      command:
        "chaussettes dashboard --host 0.0.0.0 --behind-proxy --allowed-host logs.example.org --path-prefix /chaussettes",
      description: "Behind a proxy that asks who it is"
    }
  ])
)
