import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import {
  applyTopology,
  Connection,
  type ConnectionSettings,
  layerAlertsLog,
  writeFirstSeuils
} from "@chaussettes/jetstream"
import { failed, type Role, toUserFailure, type UserFailure } from "@chaussettes/service"
import { Deferred, Effect, Layer, Option, Redacted, Schedule, type Scope } from "effect"
import { type Passwords, passwordsIn, writeContexts } from "../credentials/store.ts"
import { followAlerts } from "./follow-alerts.ts"
import { type Part, supervise } from "./part.ts"
import {
  dashboardPart,
  detectorPart,
  type GeneratorValues,
  generatorPart,
  type Setup,
  serverPart,
  thresholdsPart
} from "./parts.ts"
import { findServer } from "./server/server.ts"
import { freePort, onlyOne, stateFailure, stateFolder } from "./state.ts"

export interface StartInput {
  readonly dir: string
  readonly serverBin: Option.Option<string>
  readonly natsPort: number
  readonly port: number
  readonly generator: boolean
  readonly every: string
  readonly generate: GeneratorValues
}

/** A server that recovers many messages takes its time; one that hangs does not get for ever. */
const serverReadyMs = 60_000
const detectorReadyMs = 30_000

const say = (text: string): void => void process.stderr.write(`${text}\n`)
const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** Runs everything until it is interrupted. What was started last ends first, each part drained before what it rests on. */
export const start = (input: StartInput): Effect.Effect<void, UserFailure> =>
  Effect.gen(function* () {
    const dir = yield* stateFolder(input.dir)
    yield* onlyOne(dir)
    yield* endLeftServer(dir)
    const setup: Setup = {
      dir,
      passwords: yield* credentialsIn(dir),
      ports: yield* Effect.scoped(
        Effect.all({
          nats: freePort(input.natsPort, "--nats-port"),
          monitor: freePort(0, ""),
          page: freePort(input.port, "--port"),
          detector: freePort(0, "")
        })
      ),
      env: process.env
    }
    yield* Effect.try({
      try: () => writeContexts(join(dir, "credentials"), setup.passwords, `nats://127.0.0.1:${setup.ports.nats}`),
      catch: stateFailure(dir)
    })
    const server = yield* findServer({ named: Option.getOrUndefined(input.serverBin), say })

    const failure = yield* Deferred.make<never, UserFailure>()
    const run = (spec: Parameters<typeof supervise>[0]) =>
      supervise(spec, say, (error) => Effect.asVoid(Deferred.fail(failure, error)))

    const parts = Effect.gen(function* () {
      say(`Starting nats-server ${server.version} (${server.from})`)
      const serverRunning = yield* run(serverPart(setup, server.path))
      yield* initialize(setup, serverRunning)
      yield* run(detectorPart(setup))
      yield* untilReady(`http://127.0.0.1:${setup.ports.detector}/readyz`)
      if (input.generator) yield* run(generatorPart(setup, input.generate))
      yield* run(thresholdsPart(setup, input.every))
      yield* run(dashboardPart(setup))
      say(running(setup, input.generator))
      yield* followAlerts({ print, closer: (id) => closer(setup, id), colors: process.stdout.isTTY === true }).pipe(
        Effect.provide(
          layerAlertsLog.pipe(
            Layer.provide(Connection.layer(settingsOf(setup, "dashboard"), { waitMs: serverReadyMs }))
          )
        ),
        Effect.mapError(toUserFailure)
      )
    })
    yield* Effect.raceFirst(parts, Deferred.await(failure))
  }).pipe(
    Effect.scoped,
    Effect.onInterrupt(() => Effect.sync(() => say("Ended; the next start goes on from here.")))
  )

const credentialsIn = (dir: string): Effect.Effect<Passwords, UserFailure> =>
  Effect.try({ try: () => passwordsIn(join(dir, "credentials")), catch: stateFailure(dir) })

const settingsOf = (setup: Setup, role: Role): ConnectionSettings => ({
  servers: [`nats://127.0.0.1:${setup.ports.nats}`],
  name: "chaussettes-start",
  user: role,
  password: Redacted.make(setup.passwords[role]),
  inboxPrefix: `_INBOX_${role}`
})

/** Streams and first thresholds, once the server answers. A server that dies instead is not waited for. */
const initialize = (setup: Setup, server: Part): Effect.Effect<void, UserFailure> => {
  const log = join(setup.dir, "logs", "nats-server.log")
  const died = Effect.suspend(() =>
    server.restarts() > 0
      ? Effect.fail(failed(`nats-server does not start; ${log} says why.`))
      : Effect.succeed(undefined)
  ).pipe(Effect.repeat(Schedule.spaced("100 millis")))
  const initialized = Effect.andThen(applyTopology(), writeFirstSeuils()).pipe(
    Effect.provide(Connection.layer(settingsOf(setup, "operator"), { waitMs: serverReadyMs })),
    Effect.mapError(toUserFailure)
  )
  return Effect.asVoid(Effect.raceFirst(initialized, died))
}

/** Waits until a part says that it is ready. It goes on by itself if that takes longer: the part's own log says why. */
const untilReady = (url: string): Effect.Effect<void> =>
  Effect.tryPromise(() => fetch(url).then((response) => response.ok)).pipe(
    Effect.catch(() => Effect.succeed(false)),
    Effect.repeat({ schedule: Schedule.spaced("100 millis"), until: (ready) => ready }),
    Effect.timeoutOrElse({
      duration: detectorReadyMs,
      orElse: () => Effect.sync(() => say(`The detector is not ready yet: ${url} says why.`))
    }),
    Effect.asVoid
  )

/** A server that a killed `start` left behind holds the port and the store: it is ended first. */
const endLeftServer = (dir: string): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const path = join(dir, "nats-server.pid")
    const pid = existsSync(path) ? Number(readFileSync(path, "utf8")) : Number.NaN
    if (!Number.isInteger(pid) || !isServerOf(pid, path)) return
    say(`Ending the nats-server ${pid} that an earlier start left behind`)
    process.kill(pid, "SIGTERM")
    yield* Effect.sync(() => isServerOf(pid, path)).pipe(
      Effect.repeat({ schedule: Schedule.spaced("50 millis"), until: (alive) => !alive }),
      Effect.timeoutOrElse({ duration: "15 seconds", orElse: () => Effect.sync(() => process.kill(pid, "SIGKILL")) })
    )
  })

/** Whether that process is a nats-server whose pid file is this one. Where the system does not tell (no /proc) it is left alone. */
const isServerOf = (pid: number, pidFile: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8")
      .split("\0")
      .some((arg) => arg.endsWith(pidFile))
  } catch {
    return false
  }
}

/** Commands that stand in this folder find the state by themselves; with `--dir` they must be told. */
const contextFlag = (setup: Setup, role: Role): string =>
  setup.dir === ".chaussettes" ? "" : `--context ${join(setup.dir, "credentials", `${role}.json`)} `

const running = (setup: Setup, generator: boolean): string => {
  const server = setup.ports.nats === 4222 ? "" : `-s nats://127.0.0.1:${setup.ports.nats} `
  const operator = join(setup.dir, "credentials", "operator.json")
  const own = `tail -F access.log | npx chaussettes replay ${contextFlag(setup, "shipper")}--source web1 -`
  return [
    "",
    `Running. The page is on http://localhost:${setup.ports.page}; alerts follow here as they come.`,
    generator ? `  your own lines:  ${own}` : `  send lines:      ${own}`,
    `  look:            nats ${server}stream view ALERTS`,
    `  thresholds:      nats ${server}kv get seuils global`,
    `  change one:      nats --context ${operator} kv put seuils ip 0.4`,
    `  logs and state:  ${setup.dir}/`,
    "Ctrl-C ends everything.",
    ""
  ].join("\n")
}

const closer = (setup: Setup, id: string): string =>
  `  look closer: npx chaussettes explain ${contextFlag(setup, "dashboard")}${id}, or http://localhost:${setup.ports.page}`
