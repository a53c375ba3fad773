import { natsFlags, operationsFlags } from "@chaussettes/service"
import { Config } from "effect"
import { Argument, type Command, Flag } from "effect/cli"
import { pseudonymizeFlags } from "../flags.ts"
import { receiveFlags } from "../receive/flags.ts"

export const shipFlags = {
  logs: Argument.String("log").pipe(
    Argument.withDescription(
      "Log files to follow, or quoted patterns ('/var/log/nginx/*.log'), which also match files that appear later"
    ),
    Argument.variadic()
  ),
  source: Flag.String("source").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription(
      "Send the lines as this source, to logs.<source>; {name} stands for the log's name and gives each log its own source (default: this host's name)"
    ),
    Flag.filter(
      (source) => /^[A-Za-z0-9_-]{1,64}$/.test(source.replace("{name}", "n")),
      () => 'a name of up to 64 letters, digits, "_" and "-", in which {name} may stand'
    ),
    Flag.withFallbackConfig(Config.String("CHAUSSETTES_SOURCE")),
    Flag.optional
  ),
  from: Flag.Literals("from", ["start", "end"]).pipe(
    Flag.withDescription("Begin at the start or at the end of files that LOGS holds nothing of (default: start)"),
    Flag.optional
  ),
  poll: Flag.Boolean("poll").pipe(
    Flag.withDescription(
      "Check for changes 25 times per second instead of waiting for the system's notifications; always on for network file systems"
    ),
    Flag.withDefault(false)
  ),
  journald: Flag.Boolean("journald").pipe(
    Flag.withDescription("Send the entries of systemd's journal, present and future, instead of log files"),
    Flag.withDefault(false)
  ),
  unit: Flag.String("unit").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription("With --journald: send only the entries of this unit; may be repeated (default: all units)"),
    Flag.atLeast(0)
  ),
  ...receiveFlags,
  ...pseudonymizeFlags,
  operations: operationsFlags,
  nats: natsFlags
} as const

export type ShipInput = Command.Command.Config.Infer<typeof shipFlags>
