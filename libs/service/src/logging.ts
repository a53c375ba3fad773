import { Config, Effect, Layer, Logger, References } from "effect"

/**
 * Where log lines go and how they look: always to stderr (stdout is for results), readable on a terminal, one JSON object a line
 * elsewhere, i.e. in containers and under systemd. `LOG_FORMAT` and `LOG_LEVEL` decide otherwise; `--log-level` is over them.
 * No caller may log a password, a token or a raw line of a log.
 */
export const loggerLayer: Layer.Layer<never, Config.ConfigError> = Layer.unwrap(
  Effect.gen(function* () {
    const format = yield* Config.Literals(["pretty", "json"], "LOG_FORMAT").pipe(
      Config.withDefault(process.stderr.isTTY ? ("pretty" as const) : ("json" as const))
    )
    const level = yield* Config.LogLevel("LOG_LEVEL").pipe(Config.withDefault("Info" as const))
    return Layer.mergeAll(
      Logger.layer([format === "json" ? Logger.consoleJson : Logger.consolePretty({ colors: process.stderr.isTTY })]),
      Layer.succeed(Logger.LogToStderr, true),
      Layer.succeed(References.MinimumLogLevel, level)
    )
  })
)
