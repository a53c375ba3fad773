import { existsSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { Role } from "@chaussettes/service"
import { Option } from "effect"
import { type Passwords, users, variableOf } from "../credentials/store.ts"
import { errorsOn, type PartSpec, showing, warningsOn } from "./part.ts"

export interface Ports {
  readonly nats: number
  readonly monitor: number
  readonly page: number
  readonly detector: number
}

/** What all parts are made from. */
export interface Setup {
  readonly dir: string
  readonly ports: Ports
  readonly passwords: Passwords
  /** The environment of `start` itself. */
  readonly env: NodeJS.ProcessEnv
}

/** Each process has little to do at the usual rates; small nurseries keep many of them small. */
const nodeFlags = ["--max-semi-space-size=4"]

/** deploy/nats.conf, from a bundle (dist/) or from source. */
export const serverConfig = (): string => {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, "deploy", "nats.conf")) && dirname(folder) !== folder) folder = dirname(folder)
  return join(folder, "deploy", "nats.conf")
}

export const serverPart = (setup: Setup, bin: string): PartSpec => ({
  name: "nats-server",
  command: bin,
  args: [
    ...["--config", serverConfig()],
    ...["--addr", "127.0.0.1", "--port", `${setup.ports.nats}`, "--http_port", `${setup.ports.monitor}`],
    ...["--store_dir", resolve(setup.dir, "jetstream"), "--pid", resolve(setup.dir, "nats-server.pid")]
  ],
  env: {
    ...setup.env,
    ...Object.fromEntries(users.map((user) => [variableOf(user), setup.passwords[user]]))
  },
  logFile: join(setup.dir, "logs", "nats-server.log"),
  show: (line) => (/\[(ERR|FTL)\]|^nats-server:/.test(line) ? line.replace(/^\[\d+\] \S+ \S+ /, "") : undefined),
  endMs: 15_000
})

/** What an app needs to connect as its role, and nothing of whoever called `start`. */
const environmentOf = (setup: Setup, role: Role): NodeJS.ProcessEnv => {
  const env: NodeJS.ProcessEnv = { ...setup.env }
  for (const name of Object.keys(env)) if (/^NATS_|^CHAUSSETTES_INBOX_PREFIX$|^HTTP_PORT$/.test(name)) delete env[name]
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
  endMs: 10_000
})

export const detectorPart = (setup: Setup): PartSpec =>
  appPart(setup, "detector", "detector", ["detect", "--http-port", `${setup.ports.detector}`])

/** That there is too little history yet is a warning for its log, and no news for whoever has just started. */
export const thresholdsPart = (setup: Setup, every: string): PartSpec => ({
  ...appPart(setup, "thresholds", "thresholds", ["thresholds", "--every", every]),
  show: showing(errorsOn)
})

export const dashboardPart = (setup: Setup): PartSpec =>
  appPart(setup, "dashboard", "dashboard", ["dashboard", "--port", `${setup.ports.page}`])

export type GeneratorValues = { readonly [flag: string]: Option.Option<string> | ReadonlyArray<string> }

/** A client that fails for two minutes, so that there is something to see at once; what the user plants stands instead of it. */
const firstIncident = "ip:192.168.1.200@+1s/2m,rate=0.7,requests=2/s"

export const generatorPart = (setup: Setup, values: GeneratorValues): PartSpec => {
  const flags = Object.entries(values).flatMap(([flag, value]) =>
    (Option.isOption(value) ? Option.toArray(value) : value).map((text) => `--${flag}=${text}`)
  )
  const planted = flags.some((flag) => flag.startsWith("--incident=")) ? [] : [`--incident=${firstIncident}`]
  return appPart(setup, "generator", "shipper", ["generate", "--output=nats", ...flags, ...planted])
}
