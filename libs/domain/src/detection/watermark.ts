import { limits } from "../limits.ts"
import type { DetectionSettings } from "../settings.ts"
import type { SourceState } from "../wire/checkpoint.ts"
import type { Watermark } from "./batch.ts"
import { SourceClock } from "./source-clock.ts"

const never = Number.NEGATIVE_INFINITY
const always = Number.POSITIVE_INFINITY

/** All further sources beyond the limit share this one. */
export const sharedSource = "*"

/**
 * A pause of LOGS counts for no more than this when silence is measured: while nothing is stored from anybody, nobody could have been heard.
 */
const talkingPauseMs = 5_000
/** After a pause of LOGS sources may be as far behind the first as it lasted, for this much talking time: they send what piled up. */
const graceTalkingMs = 120_000
/** How much the last gap between two messages of a source says of its usual one. */
const gapWeight = 0.25

/** Talking time between two looks at what was learnt. */
const learnEveryMs = 10_000

const nothingLearnt = {}

/** Whether a name keeps to the limit as JSON has it, in UTF-8: an escape has up to six bytes. */
const isShort = (name: string): boolean => {
  if (name.length > limits.sourceNameBytes) return false
  let bytes = 0
  for (const char of name) {
    const code = char.codePointAt(0)!
    bytes +=
      code < 0x20 ? 6 : code === 0x22 || code === 0x5c ? 2 : code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes <= limits.sourceNameBytes
}

/** How far the time of the sources is: what a checkpoint keeps of it. */
export interface SourcesPosition {
  readonly sources: ReadonlyArray<SourceState>
  /** When the newest message was stored; talking time is told as if it had run without a pause up to here. */
  readonly storedMs: number
  /** Sources may be this much further behind the first than the settings allow, until then in talking time. */
  readonly graceMs: number
  readonly graceUntilMs: number
}

/**
 * The watermark of many sources. A source's own is its clock (see `SourceClock`) less its lateness, or what it promised by
 * punctuation if that is later. The watermark is the least over the sources that count: those that neither have ended nor are
 * silent nor are far behind the first. When none counts, nothing holds a window back. A source that usually pauses for
 * longer than silence is waited for counts only where no other does: the others' lines need not wait for what will not come.
 *
 * Silence is measured in *talking time*: the server's store times, of which a pause in all of LOGS counts five seconds, so that a server that was
 * away makes nobody silent. While LOGS has nothing new and could have, the reader carries it on (`silentMs`).
 */
export class Sources {
  readonly #settings: DetectionSettings
  readonly #limit: number
  readonly #slots = new Map<string, number>()
  readonly #clocks: Array<SourceClock> = []
  #first = never
  #talkingMs = 0
  #storedMs = never
  #graceMs = 0
  #graceUntilMs = never
  /** The source that holds the watermark; -1 when none counts, -2 when it has to be found again. */
  #holder = -2
  #value = always
  #learnAtMs = never
  #learnt: { [source: string]: number } | undefined
  /** Talking time at which the next source falls silent; until it has been found, any. */
  #nextSilence = never
  /** Talking time at which it was found: the next message may say that a silence was none, and then less has passed. */
  #foundMs = never

  constructor(settings: DetectionSettings, limit: number, known?: SourcesPosition) {
    this.#settings = settings
    this.#limit = limit
    if (known === undefined) return
    this.#storedMs = known.storedMs
    if (known.storedMs > never) this.#talkingMs = known.storedMs
    this.#graceMs = known.graceMs
    this.#graceUntilMs = known.graceUntilMs
    for (const state of known.sources) {
      const clock = this.#clocks[this.slotOf(state.name)]!
      clock.restore(state)
      this.#first = Math.max(this.#first, clock.certainMs)
    }
  }

  get size(): number {
    return this.#clocks.length
  }

  get clocks(): ReadonlyArray<SourceClock> {
    return this.#clocks
  }

  nameOf(slot: number): string {
    return this.#clocks[slot]!.name
  }

  clockOf(slot: number): SourceClock {
    return this.#clocks[slot]!
  }

  slotOf(name: string): number {
    const known = this.#slots.get(name)
    if (known !== undefined) return known
    const shared = this.#clocks.length >= this.#limit || !isShort(name)
    if (shared && name !== sharedSource) return this.slotOf(sharedSource)
    const slot = this.#clocks.push(new SourceClock(name, this.#settings)) - 1
    this.#slots.set(name, slot)
    this.#holder = -2
    return slot
  }

  /** LOGS goes on: its next message was stored at `storedMs`. */
  store(storedMs: number): void {
    if (storedMs <= this.#storedMs) return
    const pauseMs = this.#storedMs === never ? 0 : storedMs - this.#storedMs
    this.#storedMs = storedMs
    this.#talkingMs += Math.min(pauseMs, talkingPauseMs)
    if (pauseMs <= talkingPauseMs) return
    if (pauseMs < this.#graceMs && this.#talkingMs <= this.#graceUntilMs) return
    this.#graceMs = pauseMs
    this.#graceUntilMs = this.#talkingMs + graceTalkingMs
    this.#holder = -2
  }

  /** A message of a source begins. */
  begin(slot: number, storedMs: number): SourceClock {
    const clock = this.#clocks[slot]!
    clock.begin(storedMs)
    this.#before = clock.watermarkMs
    return clock
  }
  #before = never

  /**
   * The message of the source that began last has ended.
   *
   * @param usableMs the newest event time of its lines that could be used; -Infinity for none
   * @param newestMs the same of all lines that have a time, also of those that are too far ahead
   */
  end(slot: number, usableMs: number, newestMs: number): void {
    const clock = this.#clocks[slot]!
    const wasEnded = clock.ended
    const paused = clock.usualGapMs > this.#settings.idleMs
    clock.end(newestMs)
    if (usableMs > never) {
      const gapMs = this.#talkingMs - clock.lastSeenMs
      if (Number.isFinite(gapMs) && gapMs > 0) {
        clock.usualGapMs += clock.usualGapMs === 0 ? gapMs : gapWeight * (gapMs - clock.usualGapMs)
      }
      clock.ended = false
    }
    clock.lastSeenMs = this.#talkingMs
    this.#moved(slot, this.#before, wasEnded || paused !== clock.usualGapMs > this.#settings.idleMs)
  }

  /** A source promised that nothing older than `watermark` will come from it. */
  promise(slot: number, watermark: Watermark): void {
    const clock = this.#clocks[slot]!
    clock.lastSeenMs = this.#talkingMs
    const before = clock.watermarkMs
    if (watermark === "end") {
      clock.ended = true
      this.#holder = -2
    } else if (watermark > clock.promisedMs) {
      clock.promisedMs = watermark
      this.#moved(slot, before, false)
    }
  }

  /** Chooses the latenesses anew from what was learnt of each source. */
  learn(): void {
    if (!this.#settings.learnsLateness || this.#talkingMs < this.#learnAtMs) return
    this.#learnAtMs = this.#talkingMs + learnEveryMs
    for (const clock of this.#clocks) {
      if (!clock.learn()) continue
      this.#holder = -2
      this.#learnt ??= {}
      this.#learnt[clock.name] = clock.latenessMs
    }
  }

  /** The latenesses that are others since the last call, for the next record. */
  takeLearnt(): { readonly learnt?: { readonly [source: string]: number } } {
    const learnt = this.#learnt
    if (learnt === undefined) return nothingLearnt
    this.#learnt = undefined
    return { learnt }
  }

  /** For how long LOGS has had nothing new at a time of its clock. */
  silentMs(clockMs: number): number {
    return Math.max(0, clockMs - this.#storedMs)
  }

  /**
   * The watermark in ms, or Infinity when no source counts. O(1) unless the source that holds it has moved.
   *
   * @param silentMs how long LOGS has had nothing new, and could have, since its last message
   */
  at(silentMs: number): number {
    const nowMs = this.#talkingMs + silentMs
    const holder = this.#holder
    if (
      holder === -2 ||
      nowMs > this.#nextSilence ||
      nowMs < this.#foundMs ||
      (holder >= 0 && this.#value < this.#first - this.#behindMs(nowMs))
    ) {
      this.#find(nowMs)
    }
    return this.#value
  }

  position(): SourcesPosition {
    const told = (talkingMs: number) => this.#storedMs - (this.#talkingMs - talkingMs)
    const hasGrace = this.#talkingMs <= this.#graceUntilMs
    return {
      storedMs: this.#storedMs,
      graceMs: hasGrace ? this.#graceMs : 0,
      graceUntilMs: hasGrace ? told(this.#graceUntilMs) : 0,
      sources: this.#clocks.map((clock) => ({
        name: clock.name,
        max_event_ms: clock.maxEventMs === never ? null : clock.maxEventMs,
        promised_ms: clock.promisedMs === never ? null : clock.promisedMs,
        ended: clock.ended,
        last_seen_ms: clock.lastSeenMs === never ? 0 : told(clock.lastSeenMs),
        ...(clock.ahead === undefined ? {} : { ahead: clock.ahead }),
        ...(clock.usualGapMs === 0 ? {} : { usual_gap_ms: clock.usualGapMs }),
        ...(clock.latenessMs === this.#settings.allowedLatenessMs ? {} : { lateness_ms: clock.latenessMs }),
        ...(clock.behindMs === undefined ? {} : { behind_ms: Math.round(clock.behindMs) })
      }))
    }
  }

  #behindMs(nowMs: number): number {
    return this.#settings.maxBehindMs + (nowMs <= this.#graceUntilMs ? this.#graceMs : 0)
  }

  #moved(slot: number, before: number, countsAnew: boolean): void {
    const clock = this.#clocks[slot]!
    const now = clock.watermarkMs
    this.#first = Math.max(this.#first, clock.certainMs)
    // A source that begins to count, or counts again, may be the new least; one that was no holder and only went on is not.
    if (slot === this.#holder ? now !== before : countsAnew || this.#holder < 0 || before < this.#value)
      this.#holder = -2
  }

  #find(nowMs: number): void {
    const { idleMs } = this.#settings
    this.#foundMs = nowMs
    let least = always
    let holder = -1
    let leastPausing = always
    let pausing = -1
    let nextSilence = always
    const behind = this.#first - this.#behindMs(nowMs)
    for (let slot = 0; slot < this.#clocks.length; slot++) {
      const clock = this.#clocks[slot]!
      const own = clock.watermarkMs
      if (clock.ended || own === never) continue
      const silence = clock.lastSeenMs + idleMs
      if (nowMs > silence) continue
      if (silence < nextSilence) nextSilence = silence
      if (own < behind) continue
      if (clock.usualGapMs > idleMs) {
        if (own < leastPausing) [leastPausing, pausing] = [own, slot]
      } else if (own < least) [least, holder] = [own, slot]
    }
    if (holder === -1) [least, holder] = [leastPausing, pausing]
    this.#holder = holder
    this.#value = least
    this.#nextSilence = nextSilence
  }
}
