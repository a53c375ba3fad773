import type { ClosedBy, DetectionSettings, LogMessage } from "../../src/index.ts"
import type { Step } from "../support/world.ts"
import { parseLine, splitLines } from "./parse-line.ts"

/*
 * The windows once more, slow and obvious: everything is kept, and worked out anew from all that was seen whenever it is
 * asked for. It shares only types with src.
 */

export interface Count {
  total: number
  errors: number
  firstSeq: number
  lastSeq: number
}

export interface OracleWindow extends Count {
  readonly startMs: number
  readonly endMs: number
  readonly ips: Map<string, Count>
  readonly urls: Map<string, Count>
}

/** A window with what its record must say of it. */
export interface OracleDecision {
  readonly window: OracleWindow
  readonly throughSeq: number
  readonly decidedThroughMs: number
  readonly closedBy: ClosedBy
  readonly late: Readonly<Record<string, number>>
  readonly rejected: number
  readonly gap: number
}

interface Source {
  readonly name: string
  readonly events: Array<number>
  readonly promises: Array<number>
  ended: boolean
  lastSeenMs: number
}

const greatest = (numbers: ReadonlyArray<number>): number => numbers.reduce((a, b) => Math.max(a, b), -Infinity)

export const watermarkOf = (sources: ReadonlyArray<Source>, clockMs: number, settings: DetectionSettings): number => {
  const own = (s: Source) => Math.max(greatest(s.events) - settings.allowedLatenessMs, greatest(s.promises))
  const first = greatest(sources.map(own))
  const counting = sources.filter(
    (s) =>
      own(s) > -Infinity &&
      !s.ended &&
      clockMs - s.lastSeenMs <= settings.idleMs &&
      first - own(s) <= settings.maxBehindMs
  )
  return counting.reduce((least, s) => Math.min(least, own(s)), Infinity)
}

const clientKey = (client: string): string => /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(client)?.[1] ?? client

export class SlowDetection {
  readonly decisions: Array<OracleDecision> = []
  readonly #settings: DetectionSettings
  readonly #sources = new Map<string, Source>()
  readonly #open = new Map<number, OracleWindow>()
  #decidedThroughMs = -Infinity
  #clockMs = -Infinity
  #seq: number
  #late: Record<string, number> = {}
  #rejected = 0
  #gap = 0

  constructor(settings: DetectionSettings, firstSeq: number) {
    this.#settings = settings
    this.#seq = firstSeq - 1
  }

  step(step: Step): void {
    if (step.kind === "message") this.#message(step.message)
    if (step.kind === "silence" && step.clockMs > this.#clockMs) this.#clock(step.clockMs)
  }

  #clock(clockMs: number): void {
    this.#clockMs = clockMs
    const least = watermarkOf([...this.#sources.values()], clockMs, this.#settings)
    const through = this.#through(least, clockMs)
    this.#decide((w) => w.startMs < through, undefined, "idle")
  }

  #message(message: LogMessage): void {
    const settings = this.#settings
    if (message.storedMs > this.#clockMs) this.#clock(message.storedMs)
    this.#gap += message.seq - this.#seq - 1
    this.#seq = message.seq
    const source = this.#source(message.source)
    source.lastSeenMs = this.#clockMs
    for (const text of splitLines(Buffer.from(message.bytes).toString("latin1"))) {
      const line = parseLine(text, settings.urlKey)
      if (!line.ok || line.timeMs - message.storedMs > settings.maxAheadMs) {
        this.#rejected++
        continue
      }
      source.events.push(line.timeMs)
      source.ended = false
      const startMs = this.#floor(line.timeMs)
      if (startMs < this.#decidedThroughMs) {
        this.#late[source.name] = (this.#late[source.name] ?? 0) + 1
        continue
      }
      const window = this.#window(startMs)
      const error = line.status >= 400
      count(window, error, message.seq)
      count(entry(window.ips, clientKey(line.client)), error, message.seq)
      if (line.url !== undefined) count(entry(window.urls, line.url), error, message.seq)
    }
    const { watermark } = message
    if (watermark === "end") source.ended = true
    else if (watermark !== undefined && watermark - message.storedMs <= settings.maxAheadMs) {
      source.promises.push(watermark)
    }
    const least = watermarkOf([...this.#sources.values()], this.#clockMs, settings)
    const closedBy = watermark !== undefined ? "punctuation" : least === Infinity ? "idle" : "watermark"
    const through = this.#through(least, message.storedMs)
    this.#decide((w) => w.startMs < through, least === Infinity ? undefined : through, closedBy)
  }

  /** Decides the open windows of this kind, oldest first; then, or with the last of them, what begins before `throughMs`. */
  #decide(which: (window: OracleWindow) => boolean, throughMs: number | undefined, closedBy: ClosedBy): void {
    const windows = [...this.#open.values()].filter(which).sort((a, b) => a.startMs - b.startMs)
    for (const [i, window] of windows.entries()) {
      this.#open.delete(window.startMs)
      const reaches = windows[i + 1]?.startMs ?? Math.max(window.endMs, throughMs ?? -Infinity)
      this.#decidedThroughMs = Math.max(this.#decidedThroughMs, reaches)
      this.decisions.push({
        window,
        throughSeq: this.#seq,
        decidedThroughMs: this.#decidedThroughMs,
        closedBy,
        late: this.#late,
        rejected: this.#rejected,
        gap: this.#gap
      })
      this.#late = {}
      this.#rejected = this.#gap = 0
    }
    this.#decidedThroughMs = Math.max(this.#decidedThroughMs, throughMs ?? -Infinity)
  }

  /** What has begun by the clock and is before the watermark; infinite where nothing holds back. */
  #through(watermarkMs: number, clockMs: number): number {
    return Math.min(this.#floor(watermarkMs), this.#floor(clockMs) + this.#settings.windowMs)
  }

  #floor(ms: number): number {
    return ms === Infinity ? ms : Math.floor(ms / this.#settings.windowMs) * this.#settings.windowMs
  }

  #source(name: string): Source {
    const known = this.#sources.get(name) ?? { name, events: [], promises: [], ended: false, lastSeenMs: 0 }
    this.#sources.set(name, known)
    return known
  }

  #window(startMs: number): OracleWindow {
    const endMs = startMs + this.#settings.windowMs
    const window = this.#open.get(startMs) ?? { startMs, endMs, ...nothing(), ips: new Map(), urls: new Map() }
    this.#open.set(startMs, window)
    return window
  }
}

const nothing = (): Count => ({ total: 0, errors: 0, firstSeq: 0, lastSeq: 0 })

const entry = (counts: Map<string, Count>, key: string): Count => {
  const known = counts.get(key) ?? nothing()
  counts.set(key, known)
  return known
}

const count = (of: Count, error: boolean, seq: number): void => {
  if (of.total === 0) of.firstSeq = seq
  of.lastSeq = seq
  of.total++
  if (error) of.errors++
}
