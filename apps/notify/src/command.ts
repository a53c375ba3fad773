import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { notifyFlags } from "./flags.ts"

export const notifyCommand = Command.make(
  "notify",
  notifyFlags,
  lazy(async () => (await import("./run.ts")).notify)
).pipe(
  Command.withDescription(
    "Tells Slack, Teams, ntfy, mail, Alertmanager and webhooks of incidents: opened, escalated, closed"
  ),
  Command.withExamples([
    {
      command: "chaussettes notify --alertmanager http://localhost:9093 --page-url http://localhost:8080",
      description: "Fires and resolves in Alertmanager, with links to the page"
    },
    { command: "chaussettes notify --webhook https://example.org/hook", description: "JSON to a program of yours" },
    {
      command: "chaussettes notify --to ntfy://ntfy.sh/my-topic --digest 5m --at-most 10/h",
      description: "To a telephone, at most one message in five minutes and ten in an hour"
    },
    { command: "chaussettes notify --to slack://T0/B0/x --test", description: "Whether a message arrives" }
  ])
)
