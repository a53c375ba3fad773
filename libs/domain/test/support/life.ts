import {
  atTheBeginning,
  batchOf,
  type Decision,
  Detection,
  type DetectionPosition,
  type DetectionStart,
  type KnownRecord,
  type LogMessage,
  type Reject,
  type ThresholdsInForce,
  type WindowRecord
} from "../../src/index.ts"
import type { Random } from "./random.ts"
import type { Step, World } from "./world.ts"

/** What a life of the detection has said, as it would be stored. */
export class Life {
  readonly detection: Detection
  readonly decisions: Array<Decision> = []
  readonly rejects: Array<Reject> = []
  readonly lost: Array<KnownRecord> = []

  constructor(world: World, seuils: ThresholdsInForce, start?: DetectionStart) {
    this.detection = new Detection(world.settings, seuils, {
      origin: "logs",
      hashSeed: 5,
      ...(start === undefined ? {} : { start })
    })
  }

  read(messages: ReadonlyArray<LogMessage>): void {
    this.detection.ingest(batchOf(messages))
    this.#take()
  }

  step(step: Step): void {
    switch (step.kind) {
      case "message":
        this.read([step.message])
        break
      case "silence":
        this.detection.silence(step.clockMs)
        this.#take()
        break
      case "seuils":
        this.detection.setThresholds(step.seuils)
    }
  }

  /** Takes the steps, several messages at a time where they stand together. */
  steps(steps: ReadonlyArray<Step>, random: Random): void {
    let waiting: Array<LogMessage> = []
    const flush = () => {
      if (waiting.length > 0) this.read(waiting)
      waiting = []
    }
    for (const step of steps) {
      if (step.kind === "message") waiting.push(step.message)
      if (step.kind !== "message" || random.chance(0.3)) flush()
      if (step.kind !== "message") this.step(step)
    }
    flush()
  }

  #take(): void {
    const { decisions, rejects, lost } = this.detection.take()
    this.decisions.push(...decisions)
    this.rejects.push(...rejects)
    this.lost.push(...lost)
  }
}

/** A whole life without a fault, and where it was behind each step. */
export interface WholeLife {
  readonly life: Life
  /** Its records as WINDOWS holds them: through JSON, numbered from 1. */
  readonly records: ReadonlyArray<KnownRecord>
  /** Behind each step: the position, how many records there were, and the seuils in force. */
  readonly behind: ReadonlyArray<{
    readonly position: DetectionPosition
    readonly records: number
    readonly seuils: ThresholdsInForce
  }>
}

export const wholeLife = (world: World): WholeLife => {
  const first = world.steps.find((s) => s.kind === "message")!.message.seq
  const life = new Life(world, world.seuils, { ...atTheBeginning, readThroughSeq: first - 1 })
  const behind = world.steps.map((step) => {
    life.step(step)
    return {
      position: life.detection.position(),
      records: life.decisions.length,
      seuils: life.detection.thresholds
    }
  })
  const records = life.decisions.map(({ record }, i) => ({ seq: i + 1, record: JSON.parse(JSON.stringify(record)) }))
  return { life, records, behind }
}

/** What the records account for in all; the counterpart of `sentIn`. */
export const accountedBy = (
  records: ReadonlyArray<WindowRecord>
): { readonly lines: number; readonly missing: number } => {
  let [lines, missing] = [0, 0]
  for (const { total, revision, since_last } of records) {
    lines += (revision?.added.total ?? total) + since_last.late
    for (const n of Object.values(since_last.rejected)) lines += n
    missing += since_last.gap
  }
  return { lines, missing }
}
