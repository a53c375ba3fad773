import { jsonFlag, lazy } from "@chaussettes/service"
import { Command } from "effect/cli"

/** `config` tells of all commands, itself included: it asks for the root when it runs. */
export const configCommand = (root: () => Command.Command.Any) =>
  Command.make(
    "config",
    { json: jsonFlag },
    lazy(async () => {
      const { printConfiguration } = await import("./run.ts")
      return ({ json }: { readonly json: boolean }) => printConfiguration(root(), json)
    })
  ).pipe(Command.withDescription("Print every setting and where its value comes from"))
