import { visibleJson, visibleText } from "@chaussettes/domain"
import { Config, Effect, Layer, Logger, type LogLevel, References } from "effect"
import { toUserFailure, type UserFailure, wrongUsage } from "./failure.ts"

/** The levels as `--log-level` spells them. */
const levels: { readonly [name: string]: LogLevel.LogLevel } = {
  all: "All",
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  warning: "Warn",
  error: "Error",
  fatal: "Fatal",
  none: "None"
}

/** A logger whose messages cannot act on the terminal: they name files, sources and what other servers answer. */
const inert = <Output>(logger: Logger.Logger<unknown, Output>): Logger.Logger<unknown, Output> =>
  Logger.make((options) => {
    const shown = (message: unknown): unknown => (typeof message === "string" ? visibleText(message) : message)
    const { message } = options
    return logger.log({ ...options, message: Array.isArray(message) ? message.map(shown) : shown(message) })
  })

/**
 * Where log lines go and how they look: always to stderr (stdout is for results), readable on a terminal, one JSON object a line
 * elsewhere, i.e. in containers and under systemd. `LOG_FORMAT` and `LOG_LEVEL` decide otherwise; `--log-level` is over them.
 * No caller may log a password, a token or a raw line of a log.
 */
export const loggerLayer: Layer.Layer<never, UserFailure> = Layer.unwrap(
  Effect.gen(function* () {
    const format = yield* Config.String("LOG_FORMAT").pipe(Config.withDefault(process.stderr.isTTY ? "pretty" : "json"))
    const level = (yield* Config.String("LOG_LEVEL").pipe(Config.withDefault("info"))).toLowerCase()
    if (format !== "json" && format !== "pretty") {
      return yield* wrongUsage(`LOG_FORMAT (log.format) is ${format}, and must be json or pretty.`)
    }
    if (levels[level] === undefined) {
      return yield* wrongUsage(
        `LOG_LEVEL (log.level) is ${level}, and must be one of ${Object.keys(levels).join(", ")}.`
      )
    }
    return Layer.mergeAll(
      Logger.layer([
        format === "json"
          ? Logger.withConsoleError(Logger.map(Logger.formatJson, visibleJson))
          : inert(Logger.consolePretty({ colors: process.stderr.isTTY }))
      ]),
      Layer.succeed(Logger.LogToStderr, true),
      Layer.succeed(References.MinimumLogLevel, levels[level])
    )
  }).pipe(Effect.mapError(toUserFailure))
)
