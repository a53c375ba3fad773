import { readFileSync } from "node:fs"
import { layerIncidentsLog, layerStores } from "@chaussettes/jetstream"
import { reasonOf, toUserFailure, type UserFailure, wrongUsage } from "@chaussettes/service"
import { runService } from "@chaussettes/service/shell"
import { Effect, Layer, Option, Redacted } from "effect"
import { HttpServer } from "effect/http"
import type { DashboardInput } from "./flags.ts"
import { decideAccess } from "./http/access.ts"
import { serveDashboard } from "./http/serve.ts"
import { loadAssets } from "./http/static.ts"
import { Feed } from "./live/feed.ts"

const readTokenFile = (path: string): Effect.Effect<string, UserFailure> =>
  Effect.try({
    try: () => readFileSync(path, "utf8").trim(),
    catch: (error) =>
      wrongUsage(`Cannot read the token in ${path}: ${reasonOf(error)}. Give another file with --lines-token-file.`)
  })

export const dashboard = (input: DashboardInput): Effect.Effect<void, UserFailure> =>
  Effect.gen(function* () {
    const linesToken = Option.getOrUndefined(
      yield* Effect.transposeOption(Option.map(input.linesTokenFile, readTokenFile))
    )
    const access = yield* Effect.fromResult(
      decideAccess({
        linesToken,
        host: input.host,
        token: Option.getOrUndefined(Option.map(input.accessToken, Redacted.value)),
        behindProxy: input.behindProxy
      })
    )
    const assets = yield* loadAssets({ pathPrefix: input.pathPrefix })
    const announce = Layer.effectDiscard(
      Effect.gen(function* () {
        const { address } = yield* HttpServer.HttpServer
        yield* Effect.logInfo(`The page is on ${HttpServer.formatAddress(address)}${input.pathPrefix}/`)
      })
    )
    const server = announce.pipe(
      Layer.provide(
        serveDashboard({
          access,
          assets,
          host: input.host,
          port: input.port,
          pathPrefix: input.pathPrefix,
          allowedHosts: [input.host, ...input.allowedHost]
        })
      ),
      Layer.provide(Feed.layer),
      Layer.provide(layerIncidentsLog),
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
