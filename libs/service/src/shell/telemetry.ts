import { percentDecoded } from "@chaussettes/domain"
import { Effect, Layer } from "effect"

/**
 * Traces, metrics and logs by OTLP when `OTEL_EXPORTER_OTLP_ENDPOINT` is set, and nothing otherwise: the exporter is not even loaded.
 * Only the JSON form over HTTP; `OTEL_SERVICE_NAME` names the service, else `chaussettes-<part>`.
 */
export const telemetryLayer = (part: string, env: NodeJS.ProcessEnv = process.env): Layer.Layer<never> => {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT
  if (endpoint === undefined || endpoint === "") return Layer.empty
  return Layer.unwrap(
    Effect.promise(async () => {
      const [{ Otlp }, { FetchHttpClient }] = await Promise.all([import("effect/observability"), import("effect/http")])
      return Otlp.layerJson({
        baseUrl: endpoint.replace(/\/$/, ""),
        headers: headersOf(env.OTEL_EXPORTER_OTLP_HEADERS ?? ""),
        resource: { serviceName: env.OTEL_SERVICE_NAME || `chaussettes-${part}` },
        loggerMergeWithExisting: true
      }).pipe(Layer.provide(FetchHttpClient.layer))
    })
  )
}

/** `key=value,key=value`, percent-encoded as the OpenTelemetry specification has it. */
const headersOf = (text: string): { readonly [name: string]: string } =>
  Object.fromEntries(
    text.split(",").flatMap((pair) => {
      const at = pair.indexOf("=")
      return at < 1 ? [] : [[pair.slice(0, at).trim(), percentDecoded(pair.slice(at + 1).trim())]]
    })
  )
