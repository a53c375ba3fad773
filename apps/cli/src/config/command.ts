import { jsonFlag } from "@chaussettes/service"
import { Effect } from "effect"
import { Command } from "effect/cli"

/** `config` tells of all commands, itself included: it asks for the root when it runs. */
export const configCommand = (root: () => Command.Command.Any) =>
  Command.make("config", { json: jsonFlag }, ({ json }) =>
    Effect.flatMap(
      Effect.promise(() => import("./handler.ts")),
      ({ printConfiguration }) => printConfiguration(root(), json)
    )
  ).pipe(Command.withDescription("Print what is configured, and where each value comes from"))
