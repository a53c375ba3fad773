import { Effect, Layer, Option } from "effect"
import type { UserFailure } from "../failure.ts"
import type { Health } from "./health.ts"

/**
 * The operations server of a service, on `port` of `host`; nothing where no port is given, and then an HTTP server is not even loaded.
 * Fails at once when the port cannot be had: a service that cannot be watched should not look as if it were well.
 */
export const operationsLayer = (options: {
  readonly httpPort: Option.Option<number>
  readonly httpHost: string
}): Layer.Layer<never, UserFailure, Health> => {
  if (Option.isNone(options.httpPort)) return Layer.empty
  const { httpHost, httpPort } = options
  return Layer.unwrap(
    Effect.map(
      Effect.promise(() => import("./operations-server.ts")),
      ({ serveOperations }) => serveOperations(httpHost, httpPort.value)
    )
  )
}
