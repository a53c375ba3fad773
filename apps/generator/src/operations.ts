import { Health, operationsLayer, telemetryLayer, type UserFailure } from "@chaussettes/service"
import { Layer, type Option } from "effect"

/** What a part that sends lines is watched by: /healthz, /readyz and /metrics where a port is given, OTLP where an endpoint is. */
export const watched = (
  operations: { readonly httpPort: Option.Option<number>; readonly httpHost: string },
  part: "generator" | "replay" | "ship",
  ...conditions: ReadonlyArray<string>
): Layer.Layer<Health, UserFailure> =>
  Layer.mergeAll(operationsLayer(operations), telemetryLayer(part)).pipe(
    Layer.provideMerge(Health.layer(...conditions))
  )
