import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { notifyFlags } from "./flags.ts"

export const notifyCommand = Command.make(
  "notify",
  notifyFlags,
  lazy(async () => (await import("./run.ts")).notify)
).pipe(
  Command.withDescription(
    "Notify Slack, Teams, ntfy, mail, Alertmanager and webhooks when an incident opens, becomes worse, has another cause or is over"
  ),
  Command.withExamples([
    {
      command: "chaussettes notify --alertmanager http://localhost:9093 --page-url http://localhost:8080",
      description: "Fire and resolve alerts in Alertmanager, with links to the page"
    },
    { command: "chaussettes notify --webhook https://example.org/hook", description: "Post JSON to your own program" },
    {
      command: "chaussettes notify --to ntfy://ntfy.sh/my-topic --digest 5m --at-most 10/h",
      description: "Send to a phone, at most one message in five minutes and ten in an hour"
    },
    { command: "chaussettes notify --to slack://T0/B0/x --test", description: "Check that a message arrives" }
  ])
)
