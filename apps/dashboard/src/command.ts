import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { dashboardFlags } from "./flags.ts"

export const dashboardCommand = Command.make(
  "dashboard",
  dashboardFlags,
  lazy(async () => (await import("./run.ts")).dashboard)
).pipe(
  Command.withDescription(
    "Serve the page: what is wrong, since when, for which client or URL, and the lines that show it"
  ),
  Command.withExamples([
    { command: "chaussettes dashboard", description: "Serve http://localhost:8080 to this machine only" },
    {
      command:
        "chaussettes dashboard --host 0.0.0.0 --behind-proxy --allowed-host logs.example.org --path-prefix /chaussettes",
      description: "Serve behind a proxy that authenticates viewers"
    }
  ])
)
