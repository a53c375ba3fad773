import { portFlag } from "@chaussettes/service"
import { Config } from "effect"
import { type Command, Flag } from "effect/cli"
import { firstMetricsPort } from "./metrics-ports.ts"

const passedOn = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional)

const port = (name: string, description: string, value: number) =>
  portFlag(name).pipe(Flag.withDescription(description), Flag.withDefault(value))

/** Flags of `generate` that `start` hands on as they are: `generate` reads and refuses them. */
const generatorFlags = {
  rate: passedOn("rate", "Let the generator write this many lines per second, or max"),
  "error-users": passedOn("error-users", "Let this percentage of the clients fail more often than the others"),
  "error-rate": passedOn("error-rate", "Make this percentage of all lines errors"),
  "error-urls": passedOn("error-urls", "Let this percentage of the URLs fail more often than the others"),
  seed: passedOn("seed", "Repeat the generator's choices: the same number gives the same traffic"),
  burst: passedOn("burst", "Write bursts: 10x/1m/5s writes ten times as many lines in 5 s of each minute"),
  incident: Flag.String("incident").pipe(
    Flag.withDescription("Simulate an incident, as `generate --help` describes; may be repeated"),
    Flag.atLeast(0)
  )
} as const

export const startFlags = {
  dir: Flag.String("dir").pipe(
    Flag.withMetavar("folder"),
    Flag.withDescription("Keep the state for the next start in this folder"),
    Flag.withDefault(".chaussettes")
  ),
  serverBin: Flag.String("nats-server").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Run this nats-server (default: one on PATH, else one that is downloaded)"),
    Flag.withFallbackConfig(Config.String("NATS_SERVER_BIN")),
    Flag.optional
  ),
  natsPort: port("nats-port", "Run the NATS server on this port of the loopback address (0: any free port)", 4222),
  port: port("port", "Serve the page on this port (0: any free port)", 8080),
  metricsPort: port(
    "metrics-port",
    "Serve /metrics on five ports from this one: detector, thresholds, notify, generator, ship (0: any free ports)",
    firstMetricsPort
  ),
  logs: Flag.String("logs").pipe(
    Flag.withMetavar("file|pattern"),
    Flag.withDescription(
      "Follow these log files instead of simulated traffic, as `ship` does: '/var/log/nginx/*.log'; may be repeated"
    ),
    Flag.atLeast(0)
  ),
  generator: Flag.Boolean("generator").pipe(
    Flag.withDescription(
      "Write simulated traffic; with --no-generator, send lines of your own (default: on, unless --logs is given)"
    ),
    Flag.optional
  ),
  every: Flag.String("every").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("Compute the thresholds again at this interval"),
    Flag.withDefault("1h")
  ),
  notify: Flag.String("notify").pipe(
    Flag.withMetavar("address"),
    Flag.withDescription(
      "Notify this receiver of incidents, as `notify --to` does, such as ntfy://ntfy.sh/TOPIC; may be repeated. Prefer CHAUSSETTES_START_NOTIFY (receivers separated by spaces): other users can see a command line"
    ),
    Flag.atLeast(0)
  ),
  generate: generatorFlags
} as const

export type StartInput = Command.Command.Config.Infer<typeof startFlags>
