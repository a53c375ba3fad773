import { Connection, layerRulesStore } from "@chaussettes/jetstream"
import { connectionSettings, type NatsFlagValues } from "@chaussettes/service"
import { Effect, Layer } from "effect"

/** The rules of the server that the flags name. */
export const ignorePorts = (nats: NatsFlagValues, name: string) =>
  layerRulesStore.pipe(Layer.provide(Connection.layer(connectionSettings(nats, name))))

/** The result as JSON on stdout, or in words on stderr. */
export const tell = (result: object, words: string, json: boolean): Effect.Effect<void> =>
  Effect.sync(() => {
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`)
    else process.stderr.write(`${words}\n`)
  })
