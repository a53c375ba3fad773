import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServer, type HttpServerError, HttpServerResponse } from "effect/http"
import type { UserFailure } from "../failure.ts"
import { failed, reasonOf } from "../failure.ts"
import { boundedServer } from "./bounded-server.ts"
import { Health } from "./health.ts"
import { metricsRoute } from "./metrics.ts"

export { boundedServer, type ServerLimits, serverLimits } from "./bounded-server.ts"
export { metricsRoute } from "./metrics.ts"

/** `/healthz` and `/readyz`, for a router that serves other things too (the dashboard). */
export const healthRoutes: Layer.Layer<never, never, HttpRouter.HttpRouter | Health> = Layer.merge(
  HttpRouter.add("GET", "/healthz", HttpServerResponse.text("ok\n")),
  Layer.unwrap(
    Effect.gen(function* () {
      const health = yield* Health
      return HttpRouter.add(
        "GET",
        "/readyz",
        Effect.map(health.unready, (notReady) => {
          const ready = Object.keys(notReady).length === 0
          return HttpServerResponse.jsonUnsafe(ready ? { ready } : { ready, not_ready: notReady }, {
            status: ready ? 200 : 503
          })
        })
      )
    })
  )
)

/** What a server that could not be opened says to the user. */
export const listenFailure =
  (host: string, port: number, flag: string) =>
  (error: HttpServerError.ServeError): UserFailure =>
    failed(`Cannot listen on ${host}:${port}: ${reasonOf(error.cause)}. Give another port with ${flag}.`, error)

/** The operations server on `port` of `host`. */
export const serveOperations = (host: string, port: number): Layer.Layer<never, UserFailure, Health> => {
  const announce = Layer.effectDiscard(
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      yield* Effect.logInfo(`Health and metrics on ${HttpServer.formatAddress(address)}`)
    })
  )
  return HttpRouter.serve(Layer.merge(healthRoutes, metricsRoute), {
    disableLogger: true,
    disableListenLog: true
  }).pipe(
    Layer.merge(announce),
    Layer.provide(NodeHttpServer.layer(() => boundedServer(), { port, host, gracefulShutdownTimeout: "1 second" })),
    Layer.catchTag("ServeError", (error) =>
      Layer.effectDiscard(Effect.fail(listenFailure(host, port, "--http-port")(error)))
    )
  )
}
