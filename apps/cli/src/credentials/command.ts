import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { credentialsFlags } from "./flags.ts"

export const credentialsCommand = Command.make(
  "credentials",
  credentialsFlags,
  lazy(async () => (await import("./run.ts")).credentials)
).pipe(
  Command.withDescription(
    "Create random passwords for the server's users, unless they exist, and the server's configuration"
  ),
  Command.withExamples([
    {
      command: "nats --context .chaussettes/credentials/operator.json kv put seuils ip 0.4",
      description: "Set a threshold as the operator"
    },
    {
      command: "chaussettes credentials --add vector --source web",
      description: "Create a user for Vector on another machine that may send only logs.web"
    }
  ])
)
