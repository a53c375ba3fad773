import { layerActsLog, layerIncidentsLog, layerStores } from "@chaussettes/jetstream"
import { toUserFailure, type UserFailure } from "@chaussettes/service"
import { runService } from "@chaussettes/service/shell"
import { Effect, Layer, Option, Redacted } from "effect"
import { HttpServer } from "effect/http"
import type { DashboardInput } from "./flags.ts"
import { decideAccess } from "./http/access.ts"
import { serveDashboard } from "./http/serve.ts"
import { loadAssets } from "./http/static.ts"
import { Feed } from "./live/feed.ts"
import { type OperatorSettings, operatorSettings, readTokenFile } from "./operator/settings.ts"
import { operatorStores } from "./operator/stores.ts"

/** The page, with a door for the operator where there is one. */
const serveDashboardFor = (
  operator: OperatorSettings | undefined,
  settings: Omit<Parameters<typeof serveDashboard>[0], "operator">
) =>
  operator === undefined
    ? serveDashboard(settings)
    : Layer.unwrap(
        Effect.map(operatorStores(operator.connection), (stores) =>
          serveDashboard({ ...settings, operator: { token: operator.token, stores } })
        )
      )

export const dashboard = (input: DashboardInput): Effect.Effect<void, UserFailure> =>
  Effect.gen(function* () {
    const linesToken = Option.getOrUndefined(
      yield* Effect.transposeOption(
        Option.map(input.linesTokenFile, (path) => readTokenFile(path, "--lines-token-file"))
      )
    )
    const token = Option.getOrUndefined(Option.map(input.accessToken, Redacted.value))
    const access = yield* Effect.fromResult(
      decideAccess({
        linesToken,
        host: input.host,
        token,
        behindProxy: input.behindProxy
      })
    )
    const operator = yield* operatorSettings(input, [token, linesToken])
    const assets = yield* loadAssets({ pathPrefix: input.pathPrefix })
    const announce = Layer.effectDiscard(
      Effect.gen(function* () {
        const { address } = yield* HttpServer.HttpServer
        yield* Effect.logInfo(`The page is on ${HttpServer.formatAddress(address)}${input.pathPrefix}/`)
      })
    )
    const server = announce.pipe(
      Layer.provide(
        serveDashboardFor(operator, {
          access,
          assets,
          host: input.host,
          port: input.port,
          pathPrefix: input.pathPrefix,
          allowedHosts: [input.host, ...input.allowedHost]
        })
      ),
      // A status goes to all viewers: names stand in it only where all of them may see lines, too.
      Layer.provide(Feed.layer(linesToken === undefined ? "named" : "unnamed")),
      Layer.provide(Layer.merge(layerActsLog, layerIncidentsLog)),
      Layer.provide(layerStores)
    )
    yield* runService(
      {
        nats: input.nats,
        name: "dashboard",
        description: "Shows what is decided, and why",
        conditions: ["history"],
        streams: []
      },
      Layer.launch(server)
    )
  }).pipe(Effect.mapError(toUserFailure))
