import { type DetectionSettings, defaultSettings, dimensionsIn } from "@chaussettes/domain"
import type { StoreError, ThresholdsStore } from "@chaussettes/jetstream"
import {
  layerAlertsLogMemory,
  layerDetectorStateMemory,
  layerIncidentsLogMemory,
  layerIncidentsStoreMemory,
  layerLogsReaderMemory,
  layerRejectsLogMemory,
  layerThresholdsStoreMemory,
  layerWindowsLogMemory,
  MemoryClient,
  MemoryServer,
  type MemoryServerShape,
  makeMemoryServer
} from "@chaussettes/jetstream/memory"
import { type Context, Deferred, Effect, Fiber, Layer, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { Random } from "../../../../libs/domain/test/support/random.ts"
import { Folds, layerFolds } from "../../src/fold/folds.ts"
import { type DetectorWatch, detector } from "../../src/run/detector.ts"
import { incidentModelInForce } from "../../src/run/incidents-in-force.ts"
import type { RunServices } from "../../src/run/run.ts"
import { thresholdsInForce } from "../../src/run/thresholds-in-force.ts"
import { modelText } from "../support/models.ts"
import { Faults, fair, foul } from "./faults.ts"
import { lineText, makePlan, type Plan, type PlannedLine, type Step, sitedText, withSilence } from "./plan.ts"

type Ports = Exclude<RunServices, Folds> | ThresholdsStore

/** Puts something between a detector and its ports: how a fault is planted. */
export type Plant = (ports: Context.Context<Ports>) => Context.Context<Ports>

export interface ScheduleOptions {
  readonly seed: number
  /** Without silences and changes of seuils: then the result must be that of an undisturbed run, byte for byte. */
  readonly steady: boolean
  readonly plant?: Plant
  /** Lines name virtual hosts, and these are judged, too. */
  readonly sites?: boolean
  /** A silence is held up on its way to the fold, as a scheduler may do it: what is read meanwhile must be folded behind it, since it is said behind it. */
  readonly heldUp?: boolean
}

/** What a schedule left behind. */
export interface Outcome {
  readonly plan: Plan
  readonly settings: DetectionSettings
  readonly server: MemoryServerShape
  readonly lives: number
}

const leaseMs = 3_000
const encoder = new TextEncoder()

const quiet: DetectorWatch = {
  onNotice: () => Effect.void,
  onReady: () => Effect.void,
  onOutput: () => Effect.void,
  onAlerts: () => Effect.void,
  onWaiting: () => () => Effect.void,
  onStandby: () => Effect.void,
  onEnded: () => Effect.void
}

const memoryPorts: Layer.Layer<Ports, never, MemoryServer> = Layer.mergeAll(
  layerLogsReaderMemory,
  layerWindowsLogMemory,
  layerAlertsLogMemory,
  layerIncidentsLogMemory,
  layerIncidentsStoreMemory,
  layerRejectsLogMemory,
  layerThresholdsStoreMemory,
  layerDetectorStateMemory
)

const heldUp = ({ ahead, open }: Folds["Service"]): Folds["Service"] => ({
  ahead,
  open: (options) =>
    Effect.map(open(options), (fold) => {
      const begin: typeof fold.begin = (method, ...rest) =>
        Effect.andThen(method === "silence" ? Effect.sleep("400 millis") : Effect.void, fold.begin(method, ...rest))
      return { begin, ask: (...request) => Effect.flatten(begin(...request)) }
    })
})

/**
 * Plays one schedule: traffic, faults, crashes, freezes and a second detector, all drawn from the seed on a virtual clock; then the
 * weather turns fair, a last detector comes, and every window is decided. The same seed plays the same schedule.
 */
export const play = (options: ScheduleOptions): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    const random = new Random(options.seed)
    const drawn = makePlan(random, options.steady)
    const silences = new Random(options.seed + 9_000_011)
    const plan = options.steady || silences.chance(0.5) ? drawn : withSilence(drawn, silences)
    const settings: DetectionSettings = {
      ...defaultSettings,
      ...(options.steady ? { idleMs: 1_000_000, revisionMs: 1_000_000 } : {}),
      ...(options.sites === true ? { leastRequests: { ...defaultSettings.leastRequests, site: 3 } } : {})
    }
    const server = yield* makeMemoryServer
    const faults = new Faults(random)
    server.setNetwork(faults.network)
    for (const [key, text] of [
      ["global", "0.3"],
      ["ip", "0.3"],
      ["url", "0.5"],
      ...(options.sites === true ? [["site", "0.4"] as const] : [])
    ] as const)
      putThreshold(server, key, text, 0)
    putModel(server, 2, 0, options.steady)

    let lives = 0
    const running = new Map<string, Fiber.Fiber<void, StoreError>>()
    // A fold that looks at the clock finds it has moved on: so what is told now and then is told, and the same in each run.
    let foldMs = 0
    const foldNowMs = () => (foldMs += 1_000)
    const begin = Effect.gen(function* () {
      const name = `detector-${++lives}`
      const detecting = Effect.gen(function* () {
        const thresholds = yield* thresholdsInForce(() => Effect.void, dimensionsIn(settings.leastRequests))
        const incidentModel = yield* incidentModelInForce(settings.windowMs, () => Effect.void)
        yield* detector({
          settings,
          thresholds,
          incidentModel,
          untilCaughtUp: false,
          lease: { holder: `sim/${name}/x`, leaseMs },
          watch: quiet
        })
      }).pipe(
        Effect.scoped,
        Effect.retry(Schedule.spaced("500 millis")),
        Effect.updateService(Folds, options.heldUp === true ? heldUp : (folds) => folds),
        Effect.provide(layerFolds("inline", foldNowMs))
      )
      const program = Effect.gen(function* () {
        const ports = yield* Layer.build(memoryPorts)
        yield* Effect.provideContext(detecting, (options.plant ?? ((same) => same))(ports))
      }).pipe(Effect.provideService(MemoryServer, server), Effect.provideService(MemoryClient, name), Effect.scoped)
      running.set(name, yield* Effect.forkDetach(program, { startImmediately: true }))
    })
    const kill = (name: string) =>
      Effect.gen(function* () {
        faults.client(name).crashed = true
        const fiber = running.get(name)
        running.delete(name)
        // A dead process releases nothing: its finalizers reach nobody, and nobody waits for them.
        if (fiber !== undefined) yield* Effect.forkDetach(Fiber.interrupt(fiber), { startImmediately: true })
      })

    yield* begin
    faults.weather = foul
    const clock = serverClock(options)
    let nowMs = 0
    let next = 0
    while (nowMs < plan.endMs || next < plan.steps.length) {
      const passMs = random.int(20, 900)
      while (next < plan.steps.length && plan.steps[next]!.atMs <= nowMs + passMs) {
        const step = plan.steps[next++]!
        yield* TestClock.adjust(Math.max(0, step.atMs - nowMs))
        nowMs = Math.max(nowMs, step.atMs)
        // So little evidence is enough that some seconds of traffic have incidents; in the midst of it another model comes into force.
        if (!options.steady && next === plan.steps.length >> 1) putModel(server, 1.5, clock(nowMs), false)
        act(server, step, clock(nowMs), options.sites === true ? sitedText : lineText)
      }
      yield* TestClock.adjust(passMs)
      nowMs += passMs
      for (const name of [...running.keys()]) {
        if (faults.client(name).crashed || random.chance(0.01)) yield* kill(name)
        else if (random.chance(0.008)) yield* freeze(faults, name, random.int(1_000, 15_000))
      }
      if (running.size === 0 ? random.chance(0.5) : running.size < 2 && random.chance(0.02)) yield* begin
    }

    faults.weather = fair
    for (const name of [...running.keys()]) if (random.chance(0.7)) yield* kill(name)
    // The checkpoint only saves work: it may be gone.
    const checkpoint = server.stream("KV_detector").lastOf("checkpoint")
    if (random.chance(0.2) && checkpoint !== undefined) server.stream("KV_detector").delete(checkpoint.seq)
    yield* TestClock.adjust("10 seconds")
    yield* begin
    for (let i = 0; i < 80; i++) yield* TestClock.adjust("1 second")
    for (const name of [...running.keys()]) yield* kill(name)
    return { plan, settings, server, lives }
  }).pipe(Effect.provide(TestClock.layer()), Effect.scoped)

/**
 * The server's clock, by which messages are stored: it jumps in every other schedule, ahead and back again. Behind the true time it is only where
 * silences may decide, since what is ahead of the clock waits for it.
 */
const serverClock = ({ seed, steady }: ScheduleOptions) => {
  const random = new Random(seed + 7_000_003)
  const jumps = random.chance(0.5) ? random.int(1, 4) : 0
  const offsets = Array.from({ length: jumps }, () => ({
    fromMs: random.int(10_000, 110_000),
    byMs: random.chance(0.3) ? 0 : steady ? random.int(0, 900_000) : random.int(-250_000, 3_600_000)
  })).sort((a, b) => a.fromMs - b.fromMs)
  return (nowMs: number): number => nowMs + (offsets.findLast(({ fromMs }) => fromMs <= nowMs)?.byMs ?? 0)
}

const freeze = (faults: Faults, name: string, forMs: number) =>
  Effect.gen(function* () {
    const client = faults.client(name)
    const thawed = yield* Deferred.make<void>()
    client.frozen = thawed
    yield* Effect.sleep(forMs).pipe(
      Effect.andThen(
        Effect.sync(() => {
          client.frozen = undefined
        })
      ),
      Effect.andThen(Deferred.succeed(thawed, undefined)),
      Effect.forkDetach
    )
  })

const putThreshold = (server: MemoryServerShape, key: string, text: string, nowMs: number) =>
  server.stream("KV_seuils").append({ subject: key, data: encoder.encode(text) }, nowMs)

/** Where silences may decide, some seconds without a line are a silence that is told, too. */
const putModel = (server: MemoryServerShape, strength: number, nowMs: number, steady: boolean) => {
  const text = modelText(strength, steady ? {} : { traffic: { requests: [4], dispersion: 1 } })
  server.stream("KV_incidents").append({ subject: "model", data: encoder.encode(text) }, nowMs)
}

const act = (server: MemoryServerShape, step: Step, nowMs: number, textOf: (line: PlannedLine) => string): void => {
  const logs = server.stream("LOGS")
  switch (step.kind) {
    case "message":
      logs.append({ subject: `logs.${step.source}`, data: encoder.encode(step.lines.map(textOf).join("\n")) }, nowMs)
      return
    case "garbage":
      logs.append({ subject: `logs.${step.source}`, data: encoder.encode("nobody knows\n\u0001") }, nowMs)
      return
    case "end": {
      const headers = { "Chaussettes-Watermark": "end" }
      logs.append({ subject: `logs.${step.source}`, data: new Uint8Array(0), headers }, nowMs)
      return
    }
    case "seuil":
      putThreshold(server, step.key, step.text, nowMs)
  }
}
