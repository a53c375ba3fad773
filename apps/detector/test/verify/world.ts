import {
  type Alert,
  type DetectionSettings,
  defaultSettings,
  type IncidentEvent,
  type WindowRecord
} from "@chaussettes/domain"
import {
  layerAlertsLogMemory,
  layerDetectorStateMemory,
  layerIncidentsLogMemory,
  layerIncidentsStoreMemory,
  layerLogsReaderMemory,
  layerRejectsLogMemory,
  layerThresholdsStoreMemory,
  layerWindowsLogMemory,
  MemoryServer,
  type MemoryServerShape,
  makeMemoryServer
} from "@chaussettes/jetstream/memory"
import { Effect, Layer } from "effect"
import { Random } from "../../../../libs/domain/test/support/random.ts"
import { layerAudits } from "../../src/verify/audits.ts"
import { type Verification, type VerifyOptions, verifyLogs } from "../../src/verify/verify-logs.ts"
import { lineText, makePlan, type Step } from "../simulation/plan.ts"
import { runDetector } from "../support/detector.ts"
import { modelText } from "../support/models.ts"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Streams in memory that the detection itself has filled, and hands to change them behind its back. */
export class World {
  readonly server: MemoryServerShape

  constructor(server: MemoryServerShape) {
    this.server = server
  }

  get #ports() {
    return Layer.mergeAll(
      layerLogsReaderMemory,
      layerWindowsLogMemory,
      layerAlertsLogMemory,
      layerIncidentsLogMemory,
      layerIncidentsStoreMemory,
      layerRejectsLogMemory,
      layerThresholdsStoreMemory,
      layerDetectorStateMemory
    ).pipe(Layer.provide(Layer.succeed(MemoryServer, this.server)))
  }

  async copy(): Promise<World> {
    const copy = await makeWorld()
    for (const name of ["LOGS", "WINDOWS", "ALERTS", "INCIDENTS", "KV_incidents"] as const) {
      const [from, to] = [this.server.stream(name), copy.server.stream(name)]
      to.recreate(from.created)
      for (const message of from.from(1, 1_000_000)) to.append(message, message.storedMs)
    }
    return copy
  }

  /** Stores what a plan sends, from one of its steps to another. */
  send(steps: ReadonlyArray<Step>, textOf = lineText): void {
    const logs = this.server.stream("LOGS")
    for (const step of steps) {
      if (step.kind === "seuil") continue
      const subject = `logs.${step.source}`
      const text =
        step.kind === "message" ? step.lines.map(textOf).join("\n") : step.kind === "garbage" ? "nobody knows" : ""
      const headers: Record<string, string> = step.kind === "end" ? { "Chaussettes-Watermark": "end" } : {}
      logs.append({ subject, data: encoder.encode(text), headers }, step.atMs)
    }
  }

  /** The detector itself, until it has decided all that LOGS holds. */
  detect(settings: Partial<DetectionSettings> = {}): Promise<void> {
    // A horizon that some lines are behind: plans last for some minutes.
    const all = { horizonMs: 30_000, ...settings }
    return Effect.runPromise(runDetector({ settings: all, untilCaughtUp: true }).pipe(Effect.provide(this.#ports)))
  }

  verify(options: Partial<VerifyOptions> = {}): Promise<Verification> {
    const all = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY, examples: 100, patienceMs: 0 }
    return Effect.runPromise(
      verifyLogs({ ...all, onProgress: () => {}, ...options }).pipe(
        Effect.provide(this.#ports),
        Effect.provide(layerAudits("inline"))
      )
    )
  }

  texts(name: "WINDOWS" | "ALERTS" | "INCIDENTS"): ReadonlyArray<string> {
    return this.server
      .stream(name)
      .from(1, 1_000_000)
      .map(({ data }) => decoder.decode(data))
  }

  get records(): ReadonlyArray<WindowRecord> {
    return this.texts("WINDOWS").map((text) => JSON.parse(text))
  }

  get alerts(): ReadonlyArray<Alert> {
    return this.texts("ALERTS").map((text) => JSON.parse(text))
  }

  get events(): ReadonlyArray<IncidentEvent> {
    return this.texts("INCIDENTS").map((text) => JSON.parse(text))
  }

  /** From now on incidents are judged by this much evidence. */
  judgeBy(strength: number): void {
    this.server.stream("KV_incidents").append({ subject: "model", data: encoder.encode(modelText(strength)) }, 0)
  }

  get models(): ReadonlyArray<{ readonly revision: number; readonly text: string }> {
    return this.server
      .stream("KV_incidents")
      .from(1, 1_000)
      .map(({ seq, data }) => ({ revision: seq, text: decoder.decode(data) }))
  }

  delete(name: "LOGS" | "WINDOWS" | "ALERTS" | "INCIDENTS", seq: number): void {
    this.server.stream(name).delete(seq)
  }

  alter(name: "WINDOWS" | "ALERTS" | "INCIDENTS", seq: number, json: unknown): void {
    this.server.stream(name).alter(seq, encoder.encode(JSON.stringify(json)))
  }

  /** Writes a stream anew, so that nothing in its sequences tells of the change. */
  rewrite(
    name: "WINDOWS" | "ALERTS" | "INCIDENTS",
    change: (messages: Array<{ subject: string; json: unknown }>) => void
  ): void {
    const stream = this.server.stream(name)
    const messages = stream
      .from(1, 1_000_000)
      .map(({ subject, data }) => ({ subject, json: JSON.parse(decoder.decode(data)) as unknown }))
    change(messages)
    stream.recreate("another")
    for (const { subject, json } of messages) {
      stream.append({ subject, data: encoder.encode(JSON.stringify(json)) }, 0)
    }
  }
}

export const makeWorld = async (): Promise<World> => new World(await Effect.runPromise(makeMemoryServer))

export const stepsOf = (seed: number): ReadonlyArray<Step> => makePlan(new Random(seed), false).steps

const decided = new Map<number, World>()

/**
 * A world whose traffic is drawn from a seed, all of it decided, with many lines that came late: for even seeds they are folded into windows
 * by revisions, for odd ones they are too late.
 */
export const decidedWorld = async (seed: number): Promise<World> => {
  let world = decided.get(seed)
  if (world === undefined) {
    world = await makeWorld()
    world.judgeBy(2)
    world.send(stepsOf(seed))
    await world.detect({ allowedLatenessMs: 1_000, horizonMs: seed % 2 === 0 ? 10_000 : 0 })
    decided.set(seed, world)
  }
  return world.copy()
}

export const windowMs = defaultSettings.windowMs

/** How many windows and alerts are lost, extra and different. */
export const countsOf = ({ findings }: Verification) => {
  const { windows, alerts, incidents } = findings!
  return {
    windows: [windows.lost, windows.extra, windows.different],
    alerts: [alerts.lost, alerts.extra, alerts.different],
    ...(incidents.lost + incidents.extra + incidents.different === 0
      ? {}
      : { incidents: [incidents.lost, incidents.extra, incidents.different] })
  }
}

export const clean = { windows: [0, 0, 0], alerts: [0, 0, 0] }
