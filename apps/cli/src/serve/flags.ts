import { Config } from "effect"
import { type Command, Flag } from "effect/cli"

export const serveFlags = {
  natsConfig: Flag.String("nats-config").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("The server's configuration")
  ),
  store: Flag.String("store").pipe(
    Flag.withMetavar("folder"),
    Flag.withDescription("Where the server keeps its streams")
  ),
  serverBin: Flag.String("server-bin").pipe(
    Flag.withMetavar("path"),
    Flag.withDescription("The nats-server (default: the one that came with the command, or the one on PATH)"),
    Flag.withFallbackConfig(Config.String("NATS_SERVER_BIN")),
    Flag.optional
  )
} as const

export type ServeInput = Command.Command.Config.Infer<typeof serveFlags>
