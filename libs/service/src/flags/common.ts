import { Config } from "effect"
import { Flag } from "effect/cli"
import { portFlag } from "./values.ts"

/** Where `/healthz`, `/readyz` and `/metrics` answer; without a port they do not. */
export const operationsFlags = {
  httpPort: portFlag("http-port").pipe(
    Flag.withMetavar("port"),
    Flag.withDescription("Serve /healthz, /readyz and /metrics on this port (0: any free port; default: off)"),
    Flag.withFallbackConfig(Config.Port("HTTP_PORT")),
    Flag.optional
  ),
  httpHost: Flag.String("http-host").pipe(
    Flag.withMetavar("address"),
    Flag.withDescription("Serve --http-port on this address"),
    Flag.withFallbackConfig(Config.String("HTTP_HOST")),
    Flag.withDefault("127.0.0.1")
  )
} as const

/** `--json`: results as JSON on stdout. */
export const jsonFlag = Flag.Boolean("json").pipe(
  Flag.withDescription("Print the result as JSON"),
  Flag.withDefault(false)
)
