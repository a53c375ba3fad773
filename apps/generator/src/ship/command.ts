import { lazy, wrongUsage } from "@chaussettes/service"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { shipFlags } from "./flags.ts"

const files = lazy(async () => (await import("./run.ts")).runShip)
const journal = lazy(async () => (await import("../journal/run.ts")).runJournal)
const receive = lazy(async () => (await import("../receive/run.ts")).receive)

export const shipCommand = Command.make("ship", shipFlags, (values) =>
  Effect.gen(function* () {
    const listens = values.syslog.length + values.http.length > 0
    const ways = [values.logs.length > 0, values.journald, listens].filter((isWanted) => isWanted).length
    if (ways !== 1) {
      return yield* wrongUsage(
        ways > 1
          ? "One ship sends either files, or --journald, or --syslog and --http: start one for each, with a --source of its own."
          : "Nothing to ship: name log files, read the journal with --journald, or listen with --syslog or --http."
      )
    }
    if (values.unit.length > 0 && !values.journald) return yield* wrongUsage("--unit belongs to --journald.")
    yield* (values.journald ? journal : listens ? receive : files)(values)
  })
).pipe(
  Command.withDescription(
    "Follow log files and send each line to LOGS exactly once, across rotations, restarts and kills; or send systemd's journal; or receive syslog and HTTP"
  ),
  Command.withShortDescription("Follow log files and send each line to LOGS exactly once"),
  Command.withExamples([
    { command: "chaussettes ship '/var/log/nginx/*.log'", description: "Send all logs of this machine as one source" },
    { command: "chaussettes ship --source web1 /var/log/nginx/access.log", description: "Send one log" },
    {
      command: "chaussettes ship --source '{name}' '/var/log/nginx/vhosts/*.log'",
      description: "Send each log as its own source"
    },
    {
      command: "chaussettes ship --source web1 --journald --unit nginx.service",
      description: "Send what a unit writes to the journal"
    },
    { command: "chaussettes ship --source web1 --syslog :5514", description: "Receive from nginx, HAProxy or rsyslog" }
  ])
)
