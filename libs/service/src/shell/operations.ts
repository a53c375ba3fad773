import { Effect, Layer, Option } from "effect"
import type { UserFailure } from "../failure.ts"
import type { Health } from "./health.ts"

/** Where a service answers for its operators; nowhere without a port. */
export interface Operations {
  readonly httpPort: Option.Option<number>
  readonly httpHost: string
}

/**
 * The operations server of a service, on `port` of `host`; nothing where no port is given, and then an HTTP server is not even loaded.
 * Fails at once when the port cannot be had: a service that cannot be watched should not look as if it were well.
 */
export const operationsLayer = ({ httpHost, httpPort }: Operations): Layer.Layer<never, UserFailure, Health> => {
  if (Option.isNone(httpPort)) return Layer.empty
  return Layer.unwrap(
    Effect.map(
      Effect.promise(() => import("./operations-server.ts")),
      ({ serveOperations }) => serveOperations(httpHost, httpPort.value)
    )
  )
}
