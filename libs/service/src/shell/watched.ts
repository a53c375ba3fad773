import { Layer } from "effect"
import type { UserFailure } from "../failure.ts"
import { Health } from "./health.ts"
import { type Operations, operationsLayer } from "./operations.ts"
import { telemetryLayer } from "./telemetry.ts"

/** What a part is watched by: /healthz, /readyz and /metrics where a port is given, OTLP where an endpoint is. */
export const watched = (
  operations: Operations | undefined,
  part: string,
  ...conditions: ReadonlyArray<string>
): Layer.Layer<Health, UserFailure> =>
  Layer.merge(operations === undefined ? Layer.empty : operationsLayer(operations), telemetryLayer(part)).pipe(
    Layer.provideMerge(Health.layer(...conditions))
  )
