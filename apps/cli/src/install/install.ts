import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { failed, reasonOf, UserFailure, withoutPrefix, wrongUsage } from "@chaussettes/service"
import { Effect, Option } from "effect"
import { viewersEnvironment, writeServerFiles } from "../credentials/server-files.ts"
import {
  contextOf,
  mirrorListen,
  namedServer,
  pageTokenIn,
  passwordsIn,
  writeContexts,
  writeSecret
} from "../credentials/store.ts"
import { metricsPorts } from "../start/metrics-ports.ts"
import { findServer } from "../start/server/server.ts"
import { copyProgram, linkCommand } from "./copy-program.ts"
import type { InstallInput } from "./flags.ts"
import { type Places, placesIn } from "./places.ts"
import { shipUnit, systemctl, target } from "./services.ts"
import { writeUnits } from "./units.ts"

const say = (text: string): void => void process.stderr.write(`${text}\n`)

export const install = Effect.fn("install")(function* (input: InstallInput): Effect.fn.Return<void, UserFailure> {
  yield* withoutPrefix("install")
  for (const log of input.logs) {
    if (!/^\/[^\s"'\\$]*$/.test(log))
      return yield* wrongUsage(
        `--logs ${JSON.stringify(log)}: give an absolute path, beginning with "/", without spaces, quotes, "$" and "\\".`
      )
  }
  // Programs and units are for everybody to read; what is secret is written with its own mode.
  process.umask(0o022)
  const places = yield* placesIn(input.root, input.start)
  if (!places.isPackaged) {
    const { path } = yield* findServer({ named: process.env.NATS_SERVER_BIN, say })
    yield* written(places.programFolder, () => copyProgram(places, path))
    yield* written(places.units, () => writeUnits(places))
    yield* written(places.link, () => linkCommand(places))
  }
  yield* written(places.settings, () => writeSettings(places, input))
  if (Option.isNone(input.root)) {
    if (places.isLive) yield* systemctl("daemon-reload")
    const shipped = input.logs.length === 0 ? [] : [shipUnit(input.source)]
    yield* systemctl("enable", target, ...shipped)
    if (places.isLive) yield* systemctl("restart", target, ...shipped)
  }
  say(told(places, input))
})

const written = <A>(path: string, work: () => A): Effect.Effect<A, UserFailure> =>
  Effect.try({
    try: work,
    catch: (error) =>
      error instanceof UserFailure ? error : failed(`Cannot write ${path}: ${reasonOf(error)}.`, error)
  })

/** Passwords of each role, which systemd hands to its service alone, and what ship follows. What is there stays. */
const writeSettings = ({ settings, credentials }: Places, { logs, source }: InstallInput): void => {
  mkdirSync(settings, { recursive: true, mode: 0o755 })
  const passwords = passwordsIn(credentials)
  // One of a cluster's servers has been told where the others are.
  const url = namedServer(credentials) ?? "nats://127.0.0.1:4222"
  writeServerFiles(credentials)
  writeContexts(credentials, passwords, url)
  pageTokenIn(credentials)
  const viewers = Object.entries(viewersEnvironment(passwords, mirrorListen))
  writeSecret(join(credentials, "mirror.env"), viewers.map(([name, value]) => `${name}=${value}\n`).join(""))
  if (logs.length === 0) return
  const shipper = join(settings, `ship-${source}.json`)
  if (!existsSync(shipper)) writeSecret(shipper, contextOf("ship", passwords.ship, url))
  writeShip(settings, source, logs)
}

const shipFile = /^ship-.*\.env$/

/** What the ship of a source follows. Ships of several sources answer /metrics on ports of their own, which they keep. */
const writeShip = (settings: string, source: string, logs: ReadonlyArray<string>): void => {
  const name = `ship-${source}.env`
  const ports = readdirSync(settings)
    .filter((file) => shipFile.test(file))
    .map((file) => ({ file, port: /^HTTP_PORT=(\d+)$/m.exec(readFileSync(join(settings, file), "utf8"))?.[1] }))
  const taken = ports.map(({ port }) => Number(port))
  let port = ports.find(({ file }) => file === name)?.port ?? `${metricsPorts().ship}`
  if (!ports.some(({ file }) => file === name)) while (taken.includes(Number(port))) port = `${Number(port) + 1}`
  writeSecret(join(settings, name), `LOGS=${logs.join(" ")}\nHTTP_PORT=${port}\n`)
}

const told = ({ isLive, credentials }: Places, { logs }: InstallInput): string =>
  [
    isLive ? "Installed and running." : "Installed; it starts at boot.",
    "  page:       http://localhost:8080",
    `  raw lines:  http://localhost:8080/#token=…, where … is what ${join(credentials, "page-token")} holds`,
    "  its state:  systemctl status 'chaussettes-*'",
    "  its logs:   journalctl --follow --unit 'chaussettes-*'",
    `  operate:    sudo chaussettes status --context ${join(credentials, "operator.json")}`,
    ...(logs.length > 0 ? [] : ["  send lines: sudo chaussettes install --logs '/var/log/nginx/*.log'"])
  ].join("\n")
