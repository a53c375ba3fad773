import {
  batchOf,
  type Decision,
  Detection,
  type DetectionSettings,
  type DetectionStart,
  defaultSettings,
  firstThresholds,
  type KnownRecord,
  type Reject,
  thresholdsOf,
  type Watermark,
  type WindowRecord
} from "../../src/index.ts"
import { bytesOf, common, type LineParts, logTime } from "./lines.ts"

/** The tests' time begins here; all times in scripts are seconds from it. */
export const zeroMs = Date.UTC(2015, 4, 17, 10)

export interface Sent {
  /** When the server stored the message; by default when its newest line happened, and never before what came before. */
  readonly at?: number
  readonly source?: string
  readonly watermark?: Watermark
  readonly seq?: number
}

/** The rules of time by themselves: what comes for a decided window is late at once. */
const noHorizon: DetectionSettings = { ...defaultSettings, horizonMs: 0, maxBehindMs: 600_000 }

/** A detection and what is said to it, one message after the other: time in a test reads as a script. */
export class Script {
  readonly detection: Detection
  readonly rejects: Array<Reject> = []
  readonly decisions: Array<Decision> = []
  readonly lost: Array<KnownRecord> = []
  #seq: number
  #atMs = zeroMs

  constructor(settings: Partial<DetectionSettings> = {}, start?: DetectionStart, hashSeed = 3) {
    const options = { origin: "logs", hashSeed, ...(start === undefined ? {} : { start }) } as const
    this.detection = new Detection({ ...noHorizon, ...settings }, thresholdsOf(firstThresholds, 1), options)
    this.#seq = start?.readThroughSeq ?? 0
  }

  /** A message with a line for each of these seconds. */
  lines(seconds: ReadonlyArray<number>, sent: Sent = {}, parts: LineParts = {}): this {
    const text = seconds.map((s) => common({ ...parts, time: logTime(zeroMs + s * 1000) })).join("\n")
    return this.send(bytesOf(text), { at: Math.max(...seconds), ...sent })
  }

  /** A message without a line: its source promises a time (in seconds) or its end. */
  promise(source: string, watermark: number | "end", at?: number): this {
    const promised = watermark === "end" ? watermark : zeroMs + watermark * 1000
    return this.send(new Uint8Array(), { source, watermark: promised, ...(at === undefined ? {} : { at }) })
  }

  send(bytes: Uint8Array, sent: Sent = {}): this {
    const at = zeroMs + (sent.at ?? Number.NEGATIVE_INFINITY) * 1000
    this.#atMs = Math.max(this.#atMs, at)
    this.#seq = sent.seq ?? this.#seq + 1
    const { source = "a", watermark } = sent
    const message = { seq: this.#seq, source, storedMs: Number.isFinite(at) ? at : this.#atMs, bytes }
    this.detection.ingest(batchOf([watermark === undefined ? message : { ...message, watermark }]))
    return this.#take()
  }

  /** LOGS has had nothing new until this second. */
  silence(second: number): this {
    this.detection.silence(zeroMs + second * 1000)
    return this.#take()
  }

  get records(): ReadonlyArray<WindowRecord> {
    return this.decisions.map((d) => d.record)
  }

  /** The windows decided so far: `second of its start: lines, why it closed`. */
  get decided(): ReadonlyArray<string> {
    return this.records.map((r) => `${(Date.parse(r.start) - zeroMs) / 1000}: ${r.total}, ${r.closed_by}`)
  }

  /** Reasons of the rejects so far, with their sequences. */
  get rejected(): ReadonlyArray<string> {
    return this.rejects.map((r) => `${r.seq}.${r.line} ${r.reason}`)
  }

  #take(): this {
    const { decisions, rejects, lost } = this.detection.take()
    this.decisions.push(...decisions)
    this.rejects.push(...rejects)
    this.lost.push(...lost)
    return this
  }
}
