import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { credentialsFlags } from "./flags.ts"

export const credentialsCommand = Command.make(
  "credentials",
  credentialsFlags,
  lazy(async () => (await import("./run.ts")).credentials)
).pipe(
  Command.withDescription(
    "Make random passwords for the server's users, unless there are some, and the server's configuration with them"
  ),
  Command.withExamples([
    {
      command: "nats --context .chaussettes/credentials/operator.json kv put seuils ip 0.4",
      description: "What an operator does with them"
    },
    {
      command: "chaussettes credentials --add vector --source web",
      description: "A user for Vector on another machine, which may send logs.web and nothing else"
    }
  ])
)
