import { join } from "node:path"
import { shellWord } from "@chaussettes/domain"
import {
  applyTopology,
  applyViewersCopies,
  Connection,
  type ConnectionSettings,
  layerAlertsLog,
  layerIncidentsLog,
  untilAvailable,
  writeFirstThresholds
} from "@chaussettes/jetstream"
import { failed, type Role, toUserFailure, type UserFailure, withoutPrefix, wrongUsage } from "@chaussettes/service"
import { Deferred, Effect, Layer, Option, Redacted, Result, Schedule } from "effect"
import { writeServerFiles } from "../credentials/server-files.ts"
import { type Passwords, pageTokenIn, passwordsIn, writeContexts } from "../credentials/store.ts"
import type { StartInput } from "./flags.ts"
import { followAlerts } from "./follow-alerts.ts"
import { followIncidents } from "./follow-incidents.ts"
import { logEndOf, restartAfterFullDisk, saysDiskWasFull } from "./full-disk.ts"
import { endLeftServer } from "./left-server.ts"
import { type MetricsPart, metricsPorts } from "./metrics-ports.ts"
import { type Part, supervise } from "./part.ts"
import {
  dashboardPart,
  detectorPart,
  generatorPart,
  notifyPart,
  type Setup,
  serverPart,
  shipPart,
  thresholdsPart,
  viewersPart
} from "./parts.ts"
import { findServer } from "./server/server.ts"
import { freePort, onlyOne, stateFailure, stateFolder } from "./state.ts"

/** A server that recovers many messages takes its time; one that hangs does not get for ever. */
const serverReadyMs = 60_000
const detectorReadyMs = 30_000
const viewersReadyMs = 10_000

const say = (text: string): void => void process.stderr.write(`${text}\n`)
const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** Runs everything until it is interrupted. What was started last ends first, each part drained before what it rests on. */
export const start = (input: StartInput): Effect.Effect<void, UserFailure> =>
  Effect.gen(function* () {
    yield* withoutPrefix("start")
    const receivers = yield* receiversIn(input.notify)
    const dir = yield* stateFolder(input.dir)
    yield* onlyOne(dir)
    for (const name of ["nats-viewers", "nats-server"]) yield* endLeftServer(join(dir, `${name}.pid`), say)
    const setup: Setup = {
      dir,
      ...(yield* credentialsIn(dir)),
      ports: yield* Effect.scoped(
        Effect.all({
          nats: freePort(input.natsPort, "--nats-port"),
          mirror: freePort(0, ""),
          page: freePort(input.port, "--port"),
          metrics: freeMetricsPorts(input.metricsPort)
        })
      ),
      env: process.env
    }
    yield* Effect.try({
      try: () => {
        writeServerFiles(join(dir, "credentials"))
        writeContexts(join(dir, "credentials"), setup.passwords, `nats://127.0.0.1:${setup.ports.nats}`)
      },
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
      yield* Effect.forkScoped(
        restartAfterFullDisk({
          server: serverRunning,
          hasMetFullDisk: (pid) => saysDiskWasFull(logEndOf(join(dir, "logs", "nats-server.log")), pid),
          storeFolder: join(dir, "jetstream"),
          say
        })
      )
      yield* run(viewersPart(setup, server.path))
      yield* copyForViewers(setup)
      yield* run(detectorPart(setup))
      yield* untilReady(`http://127.0.0.1:${setup.ports.metrics.detector}/readyz`)
      const simulates = Option.getOrElse(input.generator, () => input.logs.length === 0)
      if (simulates) yield* run(generatorPart(setup, input.generate))
      if (input.logs.length > 0) yield* run(shipPart(setup, input.logs))
      yield* run(thresholdsPart(setup, input.every))
      yield* run(dashboardPart(setup))
      if (receivers.length > 0) yield* run(notifyPart(setup, receivers))
      say(running(setup, { generator: simulates, receivers: receivers.length }))
      const colors = process.stdout.isTTY === true
      yield* Effect.all(
        [followAlerts({ print, closer: (id) => closer(setup, id), colors }), followIncidents({ print, colors })],
        { concurrency: "unbounded", discard: true }
      ).pipe(
        Effect.provide(
          Layer.merge(layerAlertsLog, layerIncidentsLog).pipe(
            Layer.provide(Connection.layer(settingsOf(setup, "dashboard"), { waitMs: serverReadyMs }))
          )
        ),
        Effect.mapError(toUserFailure)
      )
    })
    yield* Effect.raceFirst(parts, Deferred.await(failure))
  }).pipe(
    Effect.scoped,
    Effect.onInterrupt(() => Effect.sync(() => say("Stopped; the next start resumes here.")))
  )

const freeMetricsPorts = (first: number) =>
  Effect.all(
    Object.fromEntries(
      Object.entries(metricsPorts(first)).map(([part, port]) => [
        part,
        freePort(first === 0 ? 0 : port, "--metrics-port")
      ])
    ) as { [part in MetricsPart]: ReturnType<typeof freePort> }
  )

/** Addresses to notify; a bad one ends it before anything has begun, and is not repeated. */
const receiversIn = (given: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>, UserFailure> =>
  given.length === 0
    ? Effect.succeed([])
    : Effect.gen(function* () {
        const { addressesIn, parseTarget } = yield* Effect.promise(() => import("@chaussettes/notify/targets"))
        const addresses = given.flatMap(addressesIn)
        for (const address of addresses) {
          const parsed = parseTarget(address)
          if (Result.isFailure(parsed)) return yield* wrongUsage(`--notify ${parsed.failure}.`)
        }
        return addresses
      })

const credentialsIn = (
  dir: string
): Effect.Effect<{ readonly passwords: Passwords; readonly pageToken: string }, UserFailure> =>
  Effect.try({
    try: () => {
      const folder = join(dir, "credentials")
      return { passwords: passwordsIn(folder), pageToken: pageTokenIn(folder) }
    },
    catch: stateFailure(dir)
  })

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
    server.restarts() > 0 ? Effect.fail(failed(`nats-server does not start: see ${log}.`)) : Effect.succeed(undefined)
  ).pipe(Effect.repeat(Schedule.spaced("100 millis")))
  const waits = { onWaiting: () => Effect.void, forMs: serverReadyMs }
  const initialized = untilAvailable(Effect.andThen(applyTopology(), writeFirstThresholds()), waits).pipe(
    Effect.provide(Connection.layer(settingsOf(setup, "operator"), { waitMs: serverReadyMs })),
    Effect.mapError(toUserFailure)
  )
  return Effect.asVoid(Effect.raceFirst(initialized, died))
}

/** The copies that whoever comes without credentials looks at; the viewers' server needs a moment to connect. Only they miss them. */
const copyForViewers = (setup: Setup): Effect.Effect<void, UserFailure> =>
  applyViewersCopies.pipe(
    Effect.repeat({ schedule: Schedule.spaced("100 millis"), until: (applied) => applied !== "no viewers' server" }),
    Effect.timeoutOrElse({
      duration: viewersReadyMs,
      orElse: () =>
        Effect.sync(() => say(`The viewers' server is not running: see ${setup.dir}/logs/nats-viewers.log.`))
    }),
    Effect.asVoid,
    Effect.provide(Connection.layer(settingsOf(setup, "operator"))),
    Effect.mapError(toUserFailure)
  )

/** Waits until a part says that it is ready. It goes on by itself if that takes longer: the part's own log says why. */
const untilReady = (url: string): Effect.Effect<void> =>
  Effect.tryPromise(() => fetch(url).then((response) => response.ok)).pipe(
    Effect.catch(() => Effect.succeed(false)),
    Effect.repeat({ schedule: Schedule.spaced("100 millis"), until: (ready) => ready }),
    Effect.timeoutOrElse({
      duration: detectorReadyMs,
      orElse: () => Effect.sync(() => say(`The detector is not ready yet: see ${url}.`))
    }),
    Effect.asVoid
  )

/** Commands that stand in this folder find the state by themselves; with `--dir` they must be told. */
const contextFlag = (setup: Setup, role: Role): string =>
  setup.dir === ".chaussettes" ? "" : `--context ${shellWord(join(setup.dir, "credentials", `${role}.json`))} `

const running = (
  setup: Setup,
  { generator, receivers }: { readonly generator: boolean; readonly receivers: number }
): string => {
  const server = setup.ports.nats === 4222 ? "" : `-s nats://127.0.0.1:${setup.ports.nats} `
  const context = ` ${contextFlag(setup, "thresholds")}`.trimEnd()
  const own = `npx chaussettes ship ${contextFlag(setup, "ship")}--source web1 access.log`
  return [
    "",
    `Running. The page is on http://localhost:${setup.ports.page}; incidents and alerts follow here as they come.`,
    generator ? `  your own lines:  ${own}` : `  send lines:      ${own}`,
    `  with raw lines:  http://localhost:${setup.ports.page}/#token=${setup.pageToken}`,
    `  incidents:       npx chaussettes incidents${` ${contextFlag(setup, "dashboard")}`.trimEnd()}`,
    `  alerts:          nats ${server}stream view ALERTS`,
    `  thresholds:      nats ${server}kv get seuils global`,
    `  change one:      npx chaussettes thresholds set ip 0.4${context}`,
    ...(receivers === 0
      ? []
      : [
          `  notifications:   to ${receivers === 1 ? "one receiver" : `${receivers} receivers`}; ${setup.dir}/logs/notify.log`
        ]),
    `  logs and state:  ${setup.dir}/`,
    "Ctrl-C ends everything.",
    ""
  ].join("\n")
}

const closer = (setup: Setup, id: string): string =>
  `  look closer: npx chaussettes explain ${contextFlag(setup, "dashboard")}${id}, or http://localhost:${setup.ports.page}`
