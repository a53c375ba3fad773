import { createServer } from "node:http"
import type { UserFailure } from "@chaussettes/service"
import { listenFailure } from "@chaussettes/service/operations-server"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer } from "effect"
import { HttpServer } from "effect/http"
import { type AppSettings, makeApp } from "./app.ts"

/** A connection that says nothing for so long before its request is there is closed. */
const headersTimeoutMs = 10_000
const requestTimeoutMs = 30_000

/** The page and its API on a port of a host. */
export const serveDashboard = (settings: AppSettings & { readonly host: string; readonly port: number }) => {
  const { host, port } = settings
  const listen = NodeHttpServer.layer(
    () =>
      createServer({ headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs, maxHeaderSize: 64 * 1024 }),
    { host, port, gracefulShutdownTimeout: "1 second" }
  )
  const serve = Layer.unwrap(Effect.map(makeApp(settings), (app) => HttpServer.serve(app)))
  return serve.pipe(
    Layer.provideMerge(listen),
    Layer.catchTag("ServeError", (error) => Layer.effectContext(refuse(host, port, error)))
  )
}

const refuse = (host: string, port: number, error: unknown): Effect.Effect<never, UserFailure> =>
  Effect.fail(listenFailure(host, port, "--port")(error))
