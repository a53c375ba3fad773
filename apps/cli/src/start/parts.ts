import { join, resolve } from "node:path"
import type { Role } from "@chaussettes/service"
import { Option } from "effect"
import { serverEnvironment, viewersEnvironment } from "../credentials/server-files.ts"
import { type Passwords, pageTokenFile } from "../credentials/store.ts"
import type { MetricsPart } from "./metrics-ports.ts"
import { errorsOn, type PartSpec, showing, warningsOn } from "./part.ts"

interface Ports {
  readonly nats: number
  /** Where the viewers' server connects to the other one. */
  readonly mirror: number
  readonly page: number
  readonly metrics: { readonly [part in MetricsPart]: number }
}

/** What all parts are made from. */
export interface Setup {
  readonly dir: string
  readonly ports: Ports
  readonly passwords: Passwords
  /** Opens raw lines on the page. */
  readonly pageToken: string
  /** The environment of `start` itself. */
  readonly env: NodeJS.ProcessEnv
}

/** Each process has little to do at the usual rates; small nurseries keep many of them small. */
const nodeFlags = ["--max-semi-space-size=4"]

/** Addresses of receivers are secrets of one part. */
const withoutReceivers = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^CHAUSSETTES_(NOTIFY_.*|START_NOTIFY)$/.test(name)))

const mirrorAddress = (setup: Setup): string => `127.0.0.1:${setup.ports.mirror}`

/** A server writes its own log, and rotates it while it runs: whoever reaches its port makes it write. */
const serverLog = (setup: Setup, name: string): ReadonlyArray<string> => [
  ...["--log", resolve(setup.dir, "logs", `${name}.log`)],
  ...["--pid", resolve(setup.dir, `${name}.pid`)]
]

const serverShows = (line: string): string | undefined => (/^nats-server:/.test(line) ? line : undefined)

export const serverPart = (setup: Setup, bin: string): PartSpec => ({
  name: "nats-server",
  command: bin,
  args: [
    ...["--config", join(setup.dir, "credentials", "nats.conf")],
    ...["--addr", "127.0.0.1", "--port", `${setup.ports.nats}`],
    ...["--store_dir", resolve(setup.dir, "jetstream"), ...serverLog(setup, "nats-server")]
  ],
  // As in docker-compose.yml: floods of questions raise what it takes up to this, and no further.
  env: {
    GOMEMLIMIT: "192MiB",
    ...withoutReceivers(setup.env),
    ...serverEnvironment(setup.passwords, mirrorAddress(setup))
  },
  logFile: join(setup.dir, "logs", "nats-server.out.log"),
  show: serverShows,
  endMs: 15_000,
  wrongUsageCode: undefined
})

/** What the viewers' server may take, in KiB: beyond it ends, and is started again with empty hands. */
const viewersDataKib = 192 * 1024

/** Viewers are strangers: what they ask for costs this process, within its limit, and no other. */
export const viewersPart = (setup: Setup, bin: string): PartSpec => ({
  name: "nats-viewers",
  command: "/bin/sh",
  args: [
    // A system that cannot limit it runs it all the same.
    ...["-c", `ulimit -d ${viewersDataKib} 2>/dev/null; exec "$0" "$@"`, bin],
    ...["--config", join(setup.dir, "credentials", "nats-viewers.conf")],
    ...["--store_dir", resolve(setup.dir, "jetstream-viewers"), ...serverLog(setup, "nats-viewers")]
  ],
  env: {
    ...withoutReceivers(setup.env),
    ...viewersEnvironment(setup.passwords, mirrorAddress(setup)),
    GOMEMLIMIT: "96MiB",
    GOTRACEBACK: "none"
  },
  logFile: join(setup.dir, "logs", "nats-viewers.out.log"),
  show: serverShows,
  endMs: 5_000,
  wrongUsageCode: undefined
})

/** What an app needs to connect as its role, and nothing of whoever called `start`. */
const environmentOf = (setup: Setup, role: Role): NodeJS.ProcessEnv => {
  const env = role === "notify" ? { ...setup.env } : withoutReceivers(setup.env)
  for (const name of Object.keys(env)) {
    if (/^NATS_|^CHAUSSETTES_INBOX_PREFIX$|^HTTP_PORT$|^CHAUSSETTES_START_/.test(name)) delete env[name]
  }
  return {
    ...env,
    NATS_URL: `nats://127.0.0.1:${setup.ports.nats}`,
    NATS_USER: role,
    NATS_PASSWORD: setup.passwords[role],
    LOG_FORMAT: "json"
  }
}

const appPart = (setup: Setup, name: string, role: Role, args: ReadonlyArray<string>): PartSpec => ({
  name,
  command: process.execPath,
  args: [...nodeFlags, process.argv[1]!, ...args],
  env: environmentOf(setup, role),
  logFile: join(setup.dir, "logs", `${name}.log`),
  show: showing(warningsOn),
  endMs: 10_000,
  wrongUsageCode: 2
})

const metricsOf = (setup: Setup, part: MetricsPart): ReadonlyArray<string> => [
  "--http-port",
  `${setup.ports.metrics[part]}`
]

export const detectorPart = (setup: Setup): PartSpec =>
  appPart(setup, "detector", "detector", ["detect", ...metricsOf(setup, "detector")])

/** That there is too little history yet is a warning for its log, and no news for whoever has just started. */
export const thresholdsPart = (setup: Setup, every: string): PartSpec => ({
  ...appPart(setup, "thresholds", "thresholds", ["thresholds", "--every", every, ...metricsOf(setup, "thresholds")]),
  show: showing(errorsOn)
})

export const dashboardPart = (setup: Setup): PartSpec =>
  appPart(setup, "dashboard", "dashboard", [
    ...["dashboard", "--port", `${setup.ports.page}`],
    ...["--lines-token-file", join(setup.dir, "credentials", pageTokenFile)]
  ])

/**
 * Receivers go to it by its environment, which only this user and root can read: a command line is open to all of the machine. Its other
 * settings (a digest, a limit, a template) come from its own variables and the configuration file, as ever.
 */
export const notifyPart = (setup: Setup, to: ReadonlyArray<string>): PartSpec => {
  const part = appPart(setup, "notify", "notify", ["notify", ...metricsOf(setup, "notify")])
  const env = {
    ...part.env,
    CHAUSSETTES_NOTIFY_TO: to.join("\n"),
    CHAUSSETTES_START_PAGE_URL: `http://localhost:${setup.ports.page}`
  }
  return { ...part, env }
}

export type GeneratorValues = { readonly [flag: string]: Option.Option<string> | ReadonlyArray<string> }

/** A client that fails for two minutes, so that there is something to see at once; what the user plants stands instead of it. */
const firstIncident = "ip:192.168.1.200@+1s/2m,rate=0.7,requests=2/s"

export const generatorPart = (setup: Setup, values: GeneratorValues): PartSpec => {
  const flags = Object.entries(values).flatMap(([flag, value]) =>
    (Option.isOption(value) ? Option.toArray(value) : value).map((text) => `--${flag}=${text}`)
  )
  const planted = flags.some((flag) => flag.startsWith("--incident=")) ? [] : [`--incident=${firstIncident}`]
  return {
    ...appPart(setup, "generator", "shipper", [
      "generate",
      "--output=nats",
      ...metricsOf(setup, "generator"),
      ...flags,
      ...planted
    ]),
    // Simulated lines that a server does not take are worth no waiting.
    endMs: 2_000
  }
}

/** What ship tells in sentences, among its log, is for whoever started it. */
export const shipPart = (setup: Setup, logs: ReadonlyArray<string>): PartSpec =>
  appPart(setup, "ship", "ship", ["ship", ...metricsOf(setup, "ship"), "--", ...logs])
