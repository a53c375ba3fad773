import type { LogsWriter, StoreError } from "@chaussettes/jetstream"
import { Effect, Layer, Option, type Scope } from "effect"
import { say } from "../say.ts"
import type { GenerateInput } from "./flags.ts"
import { consoleOutput, natsOutput, type Output } from "./output.ts"

/**
 * The output that is asked for. Where none is, the server; and the console, with a notice, where no server can be reached.
 * @param writer connects, and is closed with the scope
 */
export const chooseOutput = <R>(
  flags: Pick<GenerateInput, "output" | "source"> & { readonly nats: { readonly server: string } },
  writer: Layer.Layer<LogsWriter, StoreError, R>
): Effect.Effect<Output, StoreError, Scope.Scope | R> => {
  const asked = Option.getOrUndefined(flags.output)
  if (asked === "console") return Effect.succeed(consoleOutput())
  const nats = Effect.flatMap(Layer.build(writer), (context) => Effect.provide(natsOutput(flags.source), context))
  if (asked === "nats") return nats
  return Effect.catchTag(nats, "Unavailable", () =>
    Effect.as(
      say(
        `No NATS server answers at ${flags.nats.server}: the lines go to the console (--output nats insists on a server).`
      ),
      consoleOutput()
    )
  )
}
