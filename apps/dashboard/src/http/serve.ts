import { boundedServer, listenFailure, type ServerLimits, serverLimits } from "@chaussettes/service/operations-server"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer } from "effect"
import { HttpServer } from "effect/http"
import { maxViewers } from "../live/hub.ts"
import { type AppSettings, makeApp } from "./app.ts"

/** A viewer holds one for its event stream, and some for what it asks. */
const pageLimits: ServerLimits = { ...serverLimits, connections: 2 * maxViewers }

/** The page and its API on a port of a host. */
export const serveDashboard = (
  settings: AppSettings & { readonly host: string; readonly port: number; readonly limits?: ServerLimits }
) => {
  const { host, port, limits = pageLimits } = settings
  const listen = NodeHttpServer.layer(() => boundedServer(limits), { host, port, gracefulShutdownTimeout: "1 second" })
  const serve = Layer.unwrap(Effect.map(makeApp(settings), (app) => HttpServer.serve(app)))
  return serve.pipe(
    Layer.provideMerge(listen),
    Layer.catchTag("ServeError", (error) =>
      Layer.effectContext(Effect.fail(listenFailure(host, port, "--port")(error)))
    )
  )
}
