import { lazy } from "@chaussettes/service"
import { Command } from "effect/cli"
import { serveFlags } from "./flags.ts"

/** What `chaussettes-server.service` runs. */
export const serveCommand = Command.make(
  "serve",
  serveFlags,
  lazy(async () => (await import("./run.ts")).serve)
).pipe(
  Command.withDescription(
    "Run nats-server as a service. Restarts it when it dies, and when a full disk has room again. `install` creates the service."
  ),
  Command.withShortDescription("Run nats-server as a service")
)
