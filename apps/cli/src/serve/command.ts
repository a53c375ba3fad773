import { Config, Effect } from "effect"
import { Command, Flag } from "effect/cli"

/** What `chaussettes-server.service` runs. */
export const serveCommand = Command.make(
  "serve",
  {
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
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./serve.ts")),
      ({ serve }) => serve(input)
    )
).pipe(
  Command.withDescription(
    "Run nats-server as a service, and start it again when it dies, and when a disk that was full has room again; `install` makes the service"
  ),
  Command.withShortDescription("Run nats-server as a service")
)
