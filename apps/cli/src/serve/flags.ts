import { Config } from "effect"
import { type Command, Flag } from "effect/cli"

export const serveFlags = {
  natsConfig: Flag.String("nats-config").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Run the server with this configuration")
  ),
  store: Flag.String("store").pipe(
    Flag.withMetavar("folder"),
    Flag.withDescription("Keep the server's streams in this folder")
  ),
  serverBin: Flag.String("server-bin").pipe(
    Flag.withMetavar("path"),
    Flag.withDescription("Run this nats-server (default: the one that came with the command, else the one on PATH)"),
    Flag.withFallbackConfig(Config.String("NATS_SERVER_BIN")),
    Flag.optional
  )
} as const

export type ServeInput = Command.Command.Config.Infer<typeof serveFlags>
