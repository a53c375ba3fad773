import type { Watermark } from "./batch.ts"
import type { SourceState } from "./checkpoint.ts"
import { limits } from "./limits.ts"
import type { DetectionSettings } from "./settings.ts"

const never = Number.NEGATIVE_INFINITY
const always = Number.POSITIVE_INFINITY

/** All further sources beyond the limit share this one. */
export const sharedSource = "*"

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

/**
 * The watermark of many sources. A source's own is its greatest event time less the allowed lateness, or what it promised by
 * punctuation if that is later. The watermark is the least over the sources that count: those that neither have ended nor
 * are silent nor are far behind the first. When none counts, nothing holds a window back.
 *
 * Silence is measured on the log's own clock (the server's store times, carried on by the reader while LOGS has nothing
 * new), so that a replay comes to the same windows as the run that it repeats.
 */
export class Sources {
  readonly #settings: DetectionSettings
  readonly #limit: number
  readonly #slots = new Map<string, number>()
  readonly #names: Array<string> = []
  #maxEvent = new Float64Array(16).fill(never)
  #promised = new Float64Array(16).fill(never)
  #lastSeen = new Float64Array(16)
  #ended = new Uint8Array(16)
  #first = never
  /** The source that holds the watermark; -1 when none counts, -2 when it has to be found again. */
  #holder = -2
  #value = always
  /** The clock at which the next source falls silent; until it has been found, any. */
  #nextSilence = never

  constructor(settings: DetectionSettings, limit: number, known: ReadonlyArray<SourceState> = []) {
    this.#settings = settings
    this.#limit = limit
    for (const s of known) {
      const slot = this.slotOf(s.name)
      this.#maxEvent[slot] = s.max_event_ms ?? never
      this.#promised[slot] = s.promised_ms ?? never
      this.#lastSeen[slot] = s.last_seen_ms
      this.#ended[slot] = s.ended ? 1 : 0
      this.#first = Math.max(this.#first, this.#own(slot))
    }
  }

  get size(): number {
    return this.#names.length
  }

  nameOf(slot: number): string {
    return this.#names[slot]!
  }

  slotOf(name: string): number {
    const known = this.#slots.get(name)
    if (known !== undefined) return known
    const shared = this.#names.length >= this.#limit || !isShort(name)
    if (shared && name !== sharedSource) return this.slotOf(sharedSource)
    const slot = this.#names.push(name) - 1
    this.#slots.set(name, slot)
    if (slot === this.#ended.length) this.#grow()
    this.#maxEvent[slot] = never
    this.#promised[slot] = never
    this.#holder = -2
    return slot
  }

  /** Something came from a source: its greatest event time (-Infinity for none), at this clock. */
  observe(slot: number, maxEventMs: number, clockMs: number): void {
    this.#lastSeen[slot] = clockMs
    const before = this.#own(slot)
    const wasEnded = this.#ended[slot] === 1
    if (maxEventMs > never) this.#ended[slot] = 0
    if (maxEventMs > this.#maxEvent[slot]!) this.#maxEvent[slot] = maxEventMs
    this.#moved(slot, before, wasEnded)
  }

  /** A source promised that nothing older than `watermark` will come from it. */
  promise(slot: number, watermark: Watermark, clockMs: number): void {
    this.#lastSeen[slot] = clockMs
    const before = this.#own(slot)
    if (watermark === "end") {
      this.#ended[slot] = 1
      this.#holder = -2
    } else if (watermark > this.#promised[slot]!) {
      this.#promised[slot] = watermark
      this.#moved(slot, before, false)
    }
  }

  /** The watermark in ms, or Infinity when no source counts. O(1) unless the source that holds it has moved. */
  at(clockMs: number): number {
    const holder = this.#holder
    if (
      holder === -2 ||
      clockMs > this.#nextSilence ||
      (holder >= 0 && this.#value < this.#first - this.#settings.maxBehindMs)
    ) {
      this.#find(clockMs)
    }
    return this.#value
  }

  states(): ReadonlyArray<SourceState> {
    return this.#names.map((name, slot) => ({
      name,
      max_event_ms: this.#maxEvent[slot] === never ? null : this.#maxEvent[slot]!,
      promised_ms: this.#promised[slot] === never ? null : this.#promised[slot]!,
      ended: this.#ended[slot] === 1,
      last_seen_ms: this.#lastSeen[slot]!
    }))
  }

  #own(slot: number): number {
    return Math.max(this.#maxEvent[slot]! - this.#settings.allowedLatenessMs, this.#promised[slot]!)
  }

  #moved(slot: number, before: number, wasEnded: boolean): void {
    const now = this.#own(slot)
    if (now > this.#first) this.#first = now
    // A source that begins to count, or counts again, may be the new least; one that was no holder and only went on is not.
    if (slot === this.#holder ? now !== before : wasEnded || this.#holder < 0 || before < this.#value) this.#holder = -2
  }

  #find(clockMs: number): void {
    let least = always
    let holder = -1
    let nextSilence = always
    const behind = this.#first - this.#settings.maxBehindMs
    for (let slot = 0; slot < this.#names.length; slot++) {
      const own = this.#own(slot)
      if (this.#ended[slot] === 1 || own === never) continue
      const silence = this.#lastSeen[slot]! + this.#settings.idleMs
      if (clockMs > silence) continue
      if (silence < nextSilence) nextSilence = silence
      if (own >= behind && own < least) {
        least = own
        holder = slot
      }
    }
    this.#holder = holder
    this.#value = least
    this.#nextSilence = nextSilence
  }

  #grow(): void {
    const n = this.#ended.length * 2
    const wider = (from: Float64Array<ArrayBuffer>, fill: number): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(n).fill(fill)
      to.set(from)
      return to
    }
    this.#maxEvent = wider(this.#maxEvent, never)
    this.#promised = wider(this.#promised, never)
    this.#lastSeen = wider(this.#lastSeen, 0)
    const ended = new Uint8Array(n)
    ended.set(this.#ended)
    this.#ended = ended
  }
}
