import { limits } from "../limits.ts"
import type { DetectionSettings } from "../settings.ts"
import type { AheadState, SourceState } from "../wire/checkpoint.ts"

const never = Number.NEGATIVE_INFINITY

/** A jump of up to this much is borne out by one more line; each further such span asks for one more. */
const jumpALineMs = 600_000
const mostConfirmations = 32
/** A step of so much counts at once, however short the lateness is: what a mistake makes late is far within the horizon then. */
const stepMs = 60_000
/** A line that is no further behind its message's store time is borne out by it. */
const borneOutMs = 600_000

/** Bounds of the disorder that is told apart, in ms; what is beyond the last one no lateness would wait for. */
const disorderBoundsMs = [0, 500, 1_000, 2_000, 3_000, 5_000, 7_000, 10_000, limits.mostLatenessMs] as const
const beyond = disorderBoundsMs.length
/** Lines after which what was learnt of the disorder counts half: a source may change. */
const halfLifeLines = 50_000
/** A lateness is learnt from no fewer lines than this. */
const leastLinesLearnt = 1_000
/** The share of a source's lines that a learnt lateness may miss; those come by a revision. */
const missedShare = 0.001

/** Delays that are kept of a source, one a second at most: about the last minute in which it sent anything. */
const delaysKept = 64

/** How much the last line says of how far behind its source's lines are, where it is less far. */
const behindWeight = 1 / 16

/** What is known of how late a source's lines come. Times in ms. */
export interface Delays {
  /** Store time less event time of the newest line of a message: the 10th, 50th and 90th percentile of the last ones. */
  readonly p10Ms: number
  readonly medianMs: number
  readonly p90Ms: number
  /** How much greater they have become: the median of the newer half less that of the older one. */
  readonly trendMs: number
  readonly samples: number
}

/**
 * What the lines of one source say of the time. An event time is a claim: it raises the source's own clock only as far as there is evidence.
 *
 * - Nothing happened after it was stored: a line that is ahead of its message's store time bears out that store time and no more.
 * - A line that is not far behind its store time is borne out by it.
 * - Of a file, or a log that is replayed, only the lines themselves can tell. A line at most a minute (or the allowed lateness, where that is
 *   longer) ahead of those before it counts at once, since what a mistake by so little makes late comes by a revision. One that is further ahead counts once lines after it bear it out: one
 *   for every ten minutes that it jumps, 31 at the most, with no line of the old time between them. Before the first confirmed time there is none
 *   to jump from; the second line confirms the older of the two.
 */
export class SourceClock {
  readonly name: string
  /** Greatest event time that is borne out; -Infinity before the first line. */
  maxEventMs = never
  /** Nothing older than this will come, the source said; -Infinity if it said nothing. */
  promisedMs = never
  ended = false
  /** Talking time at which it last sent anything (see `Sources`); -Infinity before it did. */
  lastSeenMs = never
  /** Usual talking time between two of its messages. */
  usualGapMs = 0
  /** How far behind its clock a line may be and still find its window open. */
  latenessMs: number
  /** Added to the event times of its lines. */
  readonly offsetMs: number
  /** Store time less event time of its newest lines: rises with the greatest at once, and falls slowly. Undefined before any was seen. */
  behindMs: number | undefined
  readonly #settings: DetectionSettings
  readonly #stepMs: number
  #storedMs = never
  /** Lines up to here need no further evidence. */
  #ceilingMs = never
  /** Lines that are ahead without evidence: the oldest of them, and how many. */
  #aheadLeastMs = Number.POSITIVE_INFINITY
  #ahead = 0
  /** How many lines were how far behind the clock, decayed. */
  readonly #disorder = new Float64Array(beyond + 1)
  #disordered = 0
  #linesLearnt = 0
  readonly #delays = new Float64Array(delaysKept)
  #delaysSeen = 0
  #delayAtMs = never

  constructor(name: string, settings: DetectionSettings) {
    this.name = name
    this.#settings = settings
    this.latenessMs = settings.allowedLatenessMs
    this.#stepMs = Math.max(settings.allowedLatenessMs, stepMs)
    this.offsetMs = settings.sourceOffsets[name] ?? 0
  }

  /** The source's own watermark: nothing older should come from it. -Infinity before its first line. */
  get watermarkMs(): number {
    // Before any time is borne out, the oldest that was claimed: it may only fall.
    const known = this.maxEventMs === never && this.#ahead > 0 ? this.#aheadLeastMs : this.maxEventMs
    return Math.max(known - this.latenessMs, this.promisedMs)
  }

  /** The same by what is borne out or promised alone. */
  get certainMs(): number {
    return Math.max(this.maxEventMs - this.latenessMs, this.promisedMs)
  }

  /** The lines that are ahead without evidence, as a checkpoint keeps them; undefined where there are none. */
  get ahead(): AheadState | undefined {
    return this.#ahead === 0 ? undefined : { least_ms: this.#aheadLeastMs, lines: this.#ahead }
  }

  /** Goes on from a checkpoint. */
  restore(state: SourceState): void {
    this.maxEventMs = state.max_event_ms ?? never
    this.promisedMs = state.promised_ms ?? never
    this.lastSeenMs = state.last_seen_ms
    this.ended = state.ended
    this.usualGapMs = state.usual_gap_ms ?? 0
    this.behindMs = state.behind_ms
    if (this.#settings.learnsLateness && state.lateness_ms !== undefined) this.latenessMs = state.lateness_ms
    if (state.ahead === undefined) return
    this.#aheadLeastMs = state.ahead.least_ms
    this.#ahead = state.ahead.lines
  }

  /** A message stored at `storedMs` begins; Infinity for a file, whose lines have no store time. */
  begin(storedMs: number): void {
    this.#storedMs = storedMs
    this.#ceilingMs = Math.min(this.maxEventMs + this.#stepMs, storedMs)
  }

  /** A line that can be used, with its event time. */
  see(timeMs: number): void {
    if (timeMs > this.#ceilingMs) {
      this.#seeAhead(timeMs)
      return
    }
    this.#ahead = 0
    if (timeMs >= this.maxEventMs) {
      this.maxEventMs = timeMs
      this.#ceilingMs = Math.min(timeMs + this.#stepMs, this.#storedMs)
      this.#disorder[0]!++
    } else this.#count(this.maxEventMs - timeMs)
  }

  /** The message has ended; `newestMs` is the greatest event time in it, whatever it is worth, -Infinity for none. */
  end(newestMs: number): void {
    const storedMs = this.#storedMs
    if (newestMs === never || storedMs === Number.POSITIVE_INFINITY) return
    // One a second: a burst of messages says no more about a delay than one of them.
    if (storedMs < this.#delayAtMs + 1_000) return
    this.#delayAtMs = storedMs
    const delayMs = storedMs - newestMs
    this.#delays[this.#delaysSeen++ % delaysKept] = delayMs
    const before = this.behindMs ?? 0
    this.behindMs = Math.max(0, delayMs, before + behindWeight * (delayMs - before))
  }

  /** How late the source's newest lines come; undefined before there were any. */
  delays(): Delays | undefined {
    const samples = Math.min(this.#delaysSeen, delaysKept)
    if (samples === 0) return undefined
    const first = this.#delaysSeen - samples
    const inOrder = Float64Array.from({ length: samples }, (_, i) => this.#delays[(first + i) % delaysKept]!)
    const [older, newer] = [inOrder.slice(0, samples >> 1), inOrder.slice(samples >> 1)]
    const at = (sorted: Float64Array, share: number) => sorted[Math.floor(sorted.length * share)]!
    const trendMs = samples === 1 ? 0 : at(newer.sort(), 0.5) - at(older.sort(), 0.5)
    const sorted = inOrder.sort()
    return { p10Ms: at(sorted, 0.1), medianMs: at(sorted, 0.5), p90Ms: at(sorted, 0.9), trendMs, samples }
  }

  /**
   * How far behind the source's clock its lines come: all but one in a thousand of those that any lateness would wait for. Undefined before
   * enough lines have been seen.
   */
  disorderMs(): number | undefined {
    if (this.#linesLearnt + this.#disorder[0]! + this.#disordered < leastLinesLearnt) return undefined
    let waitedFor = 0
    for (let i = 0; i < beyond; i++) waitedFor += this.#disorder[i]!
    let within = 0
    for (let i = 0; i < beyond; i++) {
      within += this.#disorder[i]!
      if (within >= waitedFor * (1 - missedShare)) return disorderBoundsMs[i]!
    }
    return disorderBoundsMs[beyond - 1]!
  }

  /** Chooses the lateness from what was learnt; answers whether it is another one now. */
  learn(): boolean {
    const disorderMs = this.disorderMs()
    if (disorderMs === undefined) return false
    if (this.#disorder[0]! + this.#disordered >= halfLifeLines) {
      this.#linesLearnt = leastLinesLearnt
      for (let i = 0; i <= beyond; i++) this.#disorder[i]! /= 2
      this.#disordered /= 2
    }
    // Times in a log are whole seconds, most of them: a line may be a second older than it says.
    const latenessMs = Math.min(limits.mostLatenessMs, Math.max(limits.leastLatenessMs, disorderMs + 1_000))
    if (latenessMs === this.latenessMs) return false
    this.latenessMs = latenessMs
    return true
  }

  #seeAhead(timeMs: number): void {
    const storedMs = this.#storedMs
    const claimMs = Math.min(timeMs, storedMs)
    if (claimMs <= this.maxEventMs + this.#stepMs || claimMs >= storedMs - borneOutMs) {
      this.#ahead = 0
      this.#raise(claimMs)
      return
    }
    this.#aheadLeastMs = this.#ahead === 0 ? claimMs : Math.min(this.#aheadLeastMs, claimMs)
    const jumpMs = this.#aheadLeastMs - this.maxEventMs
    const needed = this.maxEventMs === never ? 2 : Math.min(mostConfirmations, 2 + Math.floor(jumpMs / jumpALineMs))
    if (++this.#ahead < needed) return
    this.#ahead = 0
    this.#raise(this.#aheadLeastMs)
    if (claimMs <= this.#ceilingMs) this.#raise(claimMs)
  }

  #raise(timeMs: number): void {
    this.#disorder[0]!++
    if (timeMs > this.maxEventMs) this.maxEventMs = timeMs
    this.#ceilingMs = Math.min(this.maxEventMs + this.#stepMs, this.#storedMs)
  }

  #count(behindMs: number): void {
    let bucket = 1
    while (bucket < beyond && behindMs > disorderBoundsMs[bucket]!) bucket++
    this.#disorder[bucket]!++
    this.#disordered++
  }
}
