import { jsonFlag, natsFlags } from "@chaussettes/service"
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"

export const eraseCommand = Command.make(
  "erase",
  {
    nats: natsFlags,
    address: Argument.String("address").pipe(Argument.withDescription("The client's address, in any spelling")),
    yes: Flag.Boolean("yes").pipe(
      Flag.withDescription("Erase; without it, only say what would go"),
      Flag.withDefault(false)
    ),
    json: jsonFlag
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./handler.ts")),
      ({ erase }) => erase(input)
    )
).pipe(
  Command.withDescription(
    "Erase the raw lines and rejects that name a client, for good, and look again; exits 1 if any remain"
  ),
  Command.withExamples([
    {
      command: "chaussettes erase 203.0.113.7",
      description: "Which messages would go, and how many lines of others with them"
    },
    { command: "chaussettes erase 203.0.113.7 --yes", description: "Erase them" }
  ])
)
