import { natsFlags, operationsFlags, wrongUsage } from "@chaussettes/service"
import { Config, Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { pseudonymizeFlags } from "../flags.ts"
import { receiveFlags } from "../receive/flags.ts"

const flags = {
  logs: Argument.String("log").pipe(
    Argument.withDescription(
      "Log files to follow, or patterns in quotes ('/var/log/nginx/*.log'), which take in files that appear later"
    ),
    Argument.variadic()
  ),
  source: Flag.String("source").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription(
      "Who the lines come from: they go to logs.<source>; {name} in it stands for the log's name, and gives each log a source of its own (default: this host's name)"
    ),
    Flag.filter(
      (source) => /^[A-Za-z0-9_-]{1,64}$/.test(source.replace("{name}", "n")),
      () => 'a name of up to 64 letters, digits, "_" and "-", in which {name} may stand'
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_SOURCE")),
    Flag.optional
  ),
  from: Flag.Literals("from", ["start", "end"]).pipe(
    Flag.withDescription("Where to begin in files of which LOGS holds nothing yet (default: start)"),
    Flag.optional
  ),
  poll: Flag.Boolean("poll").pipe(
    Flag.withDescription(
      "Look for changes 25 times a second, rather than wait to be told of them; done without asking on network file systems"
    ),
    Flag.withDefault(false)
  ),
  journald: Flag.Boolean("journald").pipe(
    Flag.withDescription("Send what systemd's journal holds, and what it gets, in place of log files"),
    Flag.withDefault(false)
  ),
  unit: Flag.String("unit").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription("Of the journal, only what this unit wrote; may be repeated (default: all)"),
    Flag.atLeast(0)
  ),
  ...receiveFlags,
  ...pseudonymizeFlags,
  operations: operationsFlags,
  nats: natsFlags
} as const

export type ShipFlags = Command.Command.Config.Infer<typeof flags>

/** The command; what it does is loaded when it is asked for. */
export const shipCommand = Command.make("ship", flags, (values) =>
  Effect.gen(function* () {
    const listens = values.syslog.length + values.http.length > 0
    const ways = [values.logs.length > 0, values.journald, listens].filter((isWanted) => isWanted).length
    if (ways !== 1) {
      return yield* wrongUsage(
        ways > 1
          ? "Files are one ship, --journald is another, and --syslog and --http a third: start one for each, with a --source of its own."
          : "Nothing to ship: name log files, read the journal with --journald, or listen with --syslog or --http."
      )
    }
    if (values.unit.length > 0 && !values.journald) return yield* wrongUsage("--unit belongs to --journald.")
    if (values.journald) yield* (yield* Effect.promise(() => import("../journal/run.ts"))).runJournal(values)
    else if (listens) yield* (yield* Effect.promise(() => import("../receive/run.ts"))).receive(values)
    else yield* (yield* Effect.promise(() => import("./run.ts"))).runShip(values)
  })
).pipe(
  Command.withDescription(
    "Follow log files and send each of their lines into LOGS exactly once, over rotations, restarts and kills; or those of systemd's journal; or take lines by syslog and HTTP"
  ),
  Command.withShortDescription("Follow log files, each line into LOGS exactly once"),
  Command.withExamples([
    { command: "chaussettes ship '/var/log/nginx/*.log'", description: "All logs of this machine as one source" },
    { command: "chaussettes ship --source web1 /var/log/nginx/access.log", description: "One log" },
    {
      command: "chaussettes ship --source '{name}' '/var/log/nginx/vhosts/*.log'",
      description: "A source for each log"
    },
    {
      command: "chaussettes ship --source web1 --journald --unit nginx.service",
      description: "What a unit writes to the journal"
    },
    { command: "chaussettes ship --source web1 --syslog :5514", description: "What nginx, HAProxy or rsyslog sends" }
  ])
)
