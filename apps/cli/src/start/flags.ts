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
  rate: passedOn("rate", "Lines a second that the generator writes, or max"),
  "error-users": passedOn("error-users", "Share of the clients that fail more often than the others, in %"),
  "error-rate": passedOn("error-rate", "Share of all lines that are errors, in %"),
  "error-urls": passedOn("error-urls", "Share of the URLs that fail more often than the others, in %"),
  seed: passedOn("seed", "Makes the generator's choices repeat"),
  burst: passedOn("burst", "Times as many lines in bursts: 10x/1m/5s"),
  incident: Flag.String("incident").pipe(
    Flag.withDescription("Plant an incident, as `generate --help` says; may be repeated"),
    Flag.atLeast(0)
  )
} as const

export const startFlags = {
  dir: Flag.String("dir").pipe(
    Flag.withMetavar("folder"),
    Flag.withDescription("Where state is kept for the next start"),
    Flag.withDefault(".chaussettes")
  ),
  serverBin: Flag.String("nats-server").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("nats-server to run, instead of one that is found or brought"),
    Flag.withFallbackConfig(Config.String("NATS_SERVER_BIN")),
    Flag.optional
  ),
  natsPort: port("nats-port", "Port of the NATS server on the loopback address (0: any free one)", 4222),
  port: port("port", "Port of the page (0: any free one)", 8080),
  metricsPort: port(
    "metrics-port",
    "First of the five ports of /metrics: detector, thresholds, notify, generator, ship (0: any free ones)",
    firstMetricsPort
  ),
  logs: Flag.String("logs").pipe(
    Flag.withMetavar("file|pattern"),
    Flag.withDescription(
      "Follow these log files in place of simulated traffic, as `ship` does: '/var/log/nginx/*.log'; may be repeated"
    ),
    Flag.atLeast(0)
  ),
  generator: Flag.Boolean("generator").pipe(
    Flag.withDescription(
      "Write simulated traffic; --no-generator waits for lines of your own (default: unless --logs is given)"
    ),
    Flag.optional
  ),
  every: Flag.String("every").pipe(
    Flag.withMetavar("span"),
    Flag.withDescription("How often thresholds are computed anew"),
    Flag.withDefault("1h")
  ),
  notify: Flag.String("notify").pipe(
    Flag.withMetavar("address"),
    Flag.withDescription(
      "Tell a receiver of incidents, as `notify --to` does, such as ntfy://ntfy.sh/TOPIC; may be repeated; rather set CHAUSSETTES_START_NOTIFY (several with spaces between them), as others see a command line"
    ),
    Flag.atLeast(0)
  ),
  generate: generatorFlags
} as const

export type StartInput = Command.Command.Config.Infer<typeof startFlags>
