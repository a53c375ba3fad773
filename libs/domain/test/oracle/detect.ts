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
  client: number
  server: number
  firstSeq: number
  lastSeq: number
}

export interface OracleWindow extends Count {
  readonly startMs: number
  readonly endMs: number
  readonly statuses: Map<number, number>
  readonly sizes: Array<number>
  readonly ips: Map<string, Count>
  readonly urls: Map<string, Count>
}

/** A window as it was when it was told, with what its record must say of it. */
export interface OracleDecision {
  readonly window: OracleWindow
  readonly throughSeq: number
  readonly decidedThroughMs: number
  readonly lateBeforeMs: number
  readonly closedBy: ClosedBy
  /** The window as it was told before; undefined for its first record. */
  readonly before: OracleWindow | undefined
  readonly isRevision: boolean
  /** The window's revisions so far, this one included. */
  readonly revisions: number
  readonly late: Readonly<Record<string, number>>
  readonly rejected: number
  readonly gap: number
}

interface Source {
  readonly name: string
  /** Greatest event time that is borne out. */
  maxMs: number
  /** Times that are ahead of it without evidence. */
  ahead: Array<number>
  readonly promises: Array<number>
  ended: boolean
  lastSeenMs: number
  usualGapMs: number
}

/** A window that is known, with all its lines so far. */
interface Known extends OracleWindow {
  decided: boolean
  /** As it stands in its newest record. */
  told: OracleWindow | undefined
  revisions: number
  /** When the first line came that is in no record; undefined where there is none. */
  addedMs: number | undefined
}

const greatest = (numbers: ReadonlyArray<number>): number => numbers.reduce((a, b) => Math.max(a, b), -Infinity)
const least = (numbers: ReadonlyArray<number>): number => numbers.reduce((a, b) => Math.min(a, b), Infinity)

const ownOf = (s: Source, settings: DetectionSettings): number => {
  const clock = s.maxMs > -Infinity ? s.maxMs : s.ahead.length > 0 ? least(s.ahead) : -Infinity
  return Math.max(clock - settings.allowedLatenessMs, greatest(s.promises))
}

const certainOf = (s: Source, settings: DetectionSettings): number =>
  Math.max(s.maxMs - settings.allowedLatenessMs, greatest(s.promises))

/** What a line says of its source's time. */
const see = (s: Source, timeMs: number, storedMs: number, settings: DetectionSettings): void => {
  const claim = Math.min(timeMs, storedMs)
  if (claim <= s.maxMs + Math.max(settings.allowedLatenessMs, 60_000) || claim >= storedMs - 600_000) {
    s.ahead = []
    s.maxMs = Math.max(s.maxMs, claim)
    return
  }
  s.ahead.push(claim)
  const jump = least(s.ahead) - s.maxMs
  if (s.ahead.length < (jump === Infinity ? 2 : Math.min(32, 2 + Math.floor(jump / 600_000)))) return
  s.maxMs = least(s.ahead)
  s.ahead = []
  if (claim <= s.maxMs + Math.max(settings.allowedLatenessMs, 60_000)) s.maxMs = Math.max(s.maxMs, claim)
}

const clientKey = (client: string): string => /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(client)?.[1] ?? client

export class SlowDetection {
  readonly decisions: Array<OracleDecision> = []
  readonly #settings: DetectionSettings
  readonly #sources = new Map<string, Source>()
  readonly #windows = new Map<number, Known>()
  #decidedThroughMs = -Infinity
  #lateBeforeMs = -Infinity
  #clockMs = -Infinity
  /** Of the newest message; pauses of LOGS count five seconds in talking time. */
  #storedMs = -Infinity
  #talkingMs = 0
  #grace = { ms: 0, untilMs: -Infinity }
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
    if (step.kind !== "silence" || step.clockMs <= this.#clockMs) return
    this.#clock(step.clockMs)
    if (step.clockMs - this.#storedMs >= this.#settings.revisionMs) this.#revise()
  }

  #clock(clockMs: number): void {
    this.#clockMs = clockMs
    const through = this.#through(this.#watermark(Math.max(0, clockMs - this.#storedMs)), clockMs)
    this.#decide((w) => w.startMs < through, undefined, "idle")
  }

  #store(storedMs: number): void {
    if (storedMs <= this.#storedMs) return
    const pause = this.#storedMs === -Infinity ? 0 : storedMs - this.#storedMs
    this.#storedMs = storedMs
    this.#talkingMs += Math.min(pause, 5_000)
    if (pause > 5_000 && (pause >= this.#grace.ms || this.#talkingMs > this.#grace.untilMs)) {
      this.#grace = { ms: pause, untilMs: this.#talkingMs + 120_000 }
    }
  }

  #watermark(silentMs: number): number {
    const { idleMs, maxBehindMs } = this.#settings
    const nowMs = this.#talkingMs + silentMs
    const sources = [...this.#sources.values()]
    const own = (s: Source) => ownOf(s, this.#settings)
    const first = this.#first
    const behindMs = maxBehindMs + (nowMs <= this.#grace.untilMs ? this.#grace.ms : 0)
    const counting = sources.filter(
      (s) => own(s) > -Infinity && !s.ended && nowMs - s.lastSeenMs <= idleMs && first - own(s) <= behindMs
    )
    const steady = counting.filter((s) => s.usualGapMs <= idleMs)
    return least((steady.length > 0 ? steady : counting).map(own))
  }

  /** The furthest that any source ever was. */
  #first = -Infinity

  #message(message: LogMessage): void {
    const settings = this.#settings
    this.#store(message.storedMs)
    if (message.storedMs > this.#clockMs) this.#clock(message.storedMs)
    const since = least([...this.#windows.values()].map((w) => w.addedMs ?? Infinity))
    if (message.storedMs - since >= settings.revisionMs) this.#revise()
    this.#gap += message.seq - this.#seq - 1
    this.#seq = message.seq
    const source = this.#source(message.source)
    let usable = false
    for (const text of splitLines(Buffer.from(message.bytes).toString("latin1"))) {
      const line = parseLine(text, settings.urlKey)
      if (!line.ok || line.timeMs - message.storedMs > settings.maxAheadMs) {
        this.#rejected++
        continue
      }
      usable = true
      see(source, line.timeMs, message.storedMs, settings)
      const startMs = this.#floor(line.timeMs)
      if (startMs < this.#lateBeforeMs) {
        this.#late[source.name] = (this.#late[source.name] ?? 0) + 1
        continue
      }
      const window = this.#window(startMs)
      if (window.decided) window.addedMs ??= message.storedMs
      window.statuses.set(line.status, (window.statuses.get(line.status) ?? 0) + 1)
      if (line.size !== undefined) window.sizes.push(line.size)
      const rules = settings.errors!
      count(window, rules.global, line.status, message.seq)
      count(entry(window.ips, clientKey(line.client)), rules.ip, line.status, message.seq)
      if (line.url !== undefined) count(entry(window.urls, line.url), rules.url, line.status, message.seq)
    }
    if (usable) {
      source.ended = false
      const gap = this.#talkingMs - source.lastSeenMs
      if (gap > 0 && gap < Infinity) {
        source.usualGapMs = source.usualGapMs === 0 ? gap : source.usualGapMs + 0.25 * (gap - source.usualGapMs)
      }
    }
    source.lastSeenMs = this.#talkingMs
    this.#first = Math.max(this.#first, certainOf(source, settings))
    const { watermark } = message
    if (watermark === "end") source.ended = true
    else if (watermark !== undefined && watermark - message.storedMs <= settings.maxAheadMs) {
      source.promises.push(Math.min(watermark, message.storedMs))
      this.#first = Math.max(this.#first, certainOf(source, settings))
    }
    const watermarkMs = this.#watermark(0)
    const closedBy = watermark !== undefined ? "punctuation" : watermarkMs === Infinity ? "idle" : "watermark"
    const through = this.#through(watermarkMs, message.storedMs)
    this.#decide((w) => w.startMs < through, watermarkMs === Infinity ? undefined : through, closedBy)
  }

  /** Decides the open windows of this kind, oldest first; with the last of them what begins before `throughMs`. */
  #decide(which: (window: OracleWindow) => boolean, throughMs: number | undefined, closedBy: ClosedBy): void {
    const windows = [...this.#windows.values()]
      .filter((w) => !w.decided && which(w))
      .sort((a, b) => a.startMs - b.startMs)
    if (windows.length > 0) this.#revise()
    for (const [i, window] of windows.entries()) {
      const reaches = windows[i + 1]?.startMs ?? Math.max(window.endMs, throughMs ?? -Infinity)
      this.#decidedThroughMs = Math.max(this.#decidedThroughMs, reaches)
      this.#lateBeforeMs = Math.max(this.#lateBeforeMs, this.#decidedThroughMs - this.#settings.horizonMs)
      window.decided = true
      this.#tell(window, closedBy, false)
    }
  }

  #revise(): void {
    const changed = [...this.#windows.values()].filter((w) => w.addedMs !== undefined)
    for (const window of changed.sort((a, b) => a.startMs - b.startMs)) {
      window.revisions++
      this.#tell(window, "late", true)
    }
  }

  #tell(window: Known, closedBy: ClosedBy, isRevision: boolean): void {
    const before = window.told
    const now = copyOf(window)
    window.told = now
    window.addedMs = undefined
    this.decisions.push({
      window: now,
      before,
      isRevision,
      revisions: window.revisions,
      throughSeq: this.#seq,
      decidedThroughMs: this.#decidedThroughMs,
      lateBeforeMs: this.#lateBeforeMs,
      closedBy,
      late: this.#late,
      rejected: this.#rejected,
      gap: this.#gap
    })
    this.#late = {}
    this.#rejected = this.#gap = 0
  }

  /** What has begun by the clock and is before the watermark; infinite where nothing holds back. */
  #through(watermarkMs: number, clockMs: number): number {
    return Math.min(this.#floor(watermarkMs), this.#floor(clockMs) + this.#settings.windowMs)
  }

  #floor(ms: number): number {
    return Number.isFinite(ms) ? Math.floor(ms / this.#settings.windowMs) * this.#settings.windowMs : ms
  }

  #source(name: string): Source {
    const known = this.#sources.get(name) ?? {
      name,
      maxMs: -Infinity,
      ahead: [],
      promises: [],
      ended: false,
      lastSeenMs: -Infinity,
      usualGapMs: 0
    }
    this.#sources.set(name, known)
    return known
  }

  #window(startMs: number): Known {
    const known = this.#windows.get(startMs)
    if (known !== undefined) return known
    const window: Known = {
      startMs,
      endMs: startMs + this.#settings.windowMs,
      ...nothing(),
      statuses: new Map(),
      sizes: [],
      ips: new Map(),
      urls: new Map(),
      // One that is passed without a line has no record; its lines come by revisions.
      decided: startMs < this.#decidedThroughMs,
      told: undefined,
      revisions: 0,
      addedMs: undefined
    }
    this.#windows.set(startMs, window)
    return window
  }
}

const copyOf = (window: OracleWindow): OracleWindow => {
  const { startMs, endMs, total, errors, client, server, firstSeq, lastSeq, ips, urls } = window
  const copies = (counts: Map<string, Count>) => new Map([...counts].map(([key, count]) => [key, { ...count }]))
  const counts = { total, errors, client, server, firstSeq, lastSeq }
  return {
    startMs,
    endMs,
    ...counts,
    statuses: new Map(window.statuses),
    sizes: [...window.sizes],
    ips: copies(ips),
    urls: copies(urls)
  }
}

const nothing = (): Count => ({ total: 0, errors: 0, client: 0, server: 0, firstSeq: 0, lastSeq: 0 })

/** What the texts of rules mean that the worlds have. */
const isError: Readonly<Record<string, (status: number) => boolean>> = {
  ">=400": (status) => status >= 400,
  "4xx": (status) => status >= 400 && status <= 499,
  "5xx": (status) => status >= 500 && status <= 599,
  "200+404": (status) => status === 200 || status === 404
}

const entry = (counts: Map<string, Count>, key: string): Count => {
  const known = counts.get(key) ?? nothing()
  counts.set(key, known)
  return known
}

const count = (of: Count, rule: string, status: number, seq: number): void => {
  if (of.total === 0) of.firstSeq = seq
  of.lastSeq = seq
  of.total++
  if (isError[rule]!(status)) of.errors++
  if (status >= 400 && status <= 499) of.client++
  if (status >= 500 && status <= 599) of.server++
}
