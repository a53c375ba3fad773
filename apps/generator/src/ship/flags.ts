import { natsFlags, operationsFlags } from "@chaussettes/service"
import { Config } from "effect"
import { Argument, type Command, Flag } from "effect/cli"
import { pseudonymizeFlags } from "../flags.ts"
import { receiveFlags } from "../receive/flags.ts"

export const shipFlags = {
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

export type ShipInput = Command.Command.Config.Infer<typeof shipFlags>
