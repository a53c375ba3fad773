import { type FormatChange, newestChanges } from "../format/format-changes.ts"
import { limits } from "../limits.ts"
import { type RejectReason, rejectReasons } from "../wire/reject.ts"
import { type ClockFault, clockFaultOf } from "./clock-fault.ts"
import type { DetectionCounts } from "./counts.ts"
import type { SourceClock } from "./source-clock.ts"
import type { LineOutcomes } from "./usability.ts"

export const tallySchema = "chaussettes.tally.v1"

/** What became of the recent lines, of one source or of all. Lines that are neither late nor rejected are in windows. */
export interface TallyCounts extends LineOutcomes {
  /** Those of them that came by revisions. */
  readonly revised: number
}

/** What is known of a source whose lines came recently. Times in ms. */
export interface SourceTally extends TallyCounts {
  readonly name: string
  /** What is added to the times of its lines. */
  readonly offset_ms: number
  /** Store time less event time of its newest lines; null before there were any, or where none has a time. */
  readonly delay_ms: { readonly p10: number; readonly median: number; readonly p90: number } | null
  /** How far behind its clock its lines come; null before enough of them have come. */
  readonly disorder_ms: number | null
  /** The lateness that is allowed to it now. */
  readonly lateness_ms: number
  /** Its usual pause between two messages; 0 before two of them. */
  readonly usual_gap_ms: number
  readonly clock: ClockFault | null
}

/**
 * What became of the lines that were stored in the last minutes, by the log's own clock: the value `tally` of the bucket `detector`. It is there
 * also where no window was decided.
 */
export interface Tally {
  readonly schema: typeof tallySchema
  /** The log's clock: the newest store time that was read, or how far silence has carried it. */
  readonly at_ms: number
  readonly span_ms: number
  readonly total: TallyCounts
  /** Sources whose clocks are off, also those that are not named. */
  readonly off_clock: number
  /** Those with lines in this time; sources that are off the clock first, then those with the most lines without a verdict. */
  readonly sources: ReadonlyArray<SourceTally>
  /** The sources that are not named, summed up. */
  readonly others: { readonly sources: number; readonly total: TallyCounts } | null
  /** The last sources whose lines changed their format, oldest first, however long ago. Absent from tallies of before they were told. */
  readonly format_changes?: ReadonlyArray<FormatChange>
  /** The last message of LOGS that is counted here; what is read again up to it is not counted again. Absent from older tallies. */
  readonly through_seq?: number
  /** When the LOGS was created that `through_seq` counts in. */
  readonly logs_created?: string
}

/** How many of them are late or rejected. */
export const withoutVerdict = ({ late, rejected }: LineOutcomes): number =>
  Object.values(rejected).reduce((sum, lines) => sum + lines, late)

const sumOf = (a: TallyCounts, b: TallyCounts): TallyCounts => {
  const rejected: { [reason in RejectReason]?: number } = { ...a.rejected }
  for (const reason of rejectReasons) {
    const lines = b.rejected[reason]
    if (lines !== undefined) rejected[reason] = (rejected[reason] ?? 0) + lines
  }
  return { lines: a.lines + b.lines, revised: a.revised + b.revised, late: a.late + b.late, rejected }
}

/**
 * The last message that the tally of an earlier life has counted, for a detection that begins again: `DetectionStart.talliedThroughSeq`. Undefined
 * where it does not say, or speaks of another LOGS. Where LOGS has lost its last messages, others come under their sequences.
 *
 * @param logs what LOGS is at the start
 */
export const talliedThrough = (
  before: Tally | undefined,
  logs: { readonly created: string; readonly lastSeq: number }
): number | undefined =>
  before?.through_seq === undefined || before.logs_created !== logs.created
    ? undefined
    : Math.min(before.through_seq, logs.lastSeq)

/**
 * What a detector tells that has begun again: what the one before it had told counts on until it is older than the span, so that a restart
 * does not hide lines that got no verdict. `now` counts only what is not in `before`, which `talliedThrough` sees to.
 */
export const tallyOnwards = (before: Tally, now: Tally): Tally => {
  const format_changes = newestChanges(before.format_changes ?? [], now.format_changes ?? [])
  // A life that has just begun stands where the checkpoint stood, which may be a little before the last tally.
  if (Math.abs(now.at_ms - before.at_ms) >= now.span_ms) return { ...now, format_changes }
  const sources = new Map(before.sources.map((source) => [source.name, source]))
  for (const source of now.sources) {
    const known = sources.get(source.name)
    sources.set(source.name, known === undefined ? source : { ...source, ...sumOf(known, source) })
  }
  const named = [...sources.values()].slice(0, limits.tallySources)
  return {
    ...now,
    at_ms: Math.max(before.at_ms, now.at_ms),
    total: sumOf(before.total, now.total),
    off_clock: Math.max(now.off_clock, named.filter(({ clock }) => clock !== null).length),
    sources: named,
    format_changes
  }
}

const slots = 30
const slotMs = limits.tallySpanMs / slots
const [lineField, revisedField, lateField, firstReason] = [0, 1, 2, 3]
const fields = firstReason + rejectReasons.length

/** Counts in slots of the log's clock: a slot is emptied when its time comes again. */
class Ring {
  readonly #counts = new Uint32Array(slots * fields)
  #newest = 0

  /** Where the counts of a slot stand. */
  at(slot: number): number {
    // A server's clock that is put back counts into the newest.
    if (slot > this.#newest) this.#moveTo(slot)
    return (this.#newest % slots) * fields
  }

  get counts(): Uint32Array {
    return this.#counts
  }

  /** Adds up what is in the slots up to `slot`; answers the number of lines. */
  sumUp(slot: number, into: Float64Array): number {
    if (slot > this.#newest) this.#moveTo(slot)
    for (let i = 0; i < this.#counts.length; i++) into[i % fields]! += this.#counts[i]!
    return into[lineField]!
  }

  #moveTo(slot: number): void {
    if (slot - this.#newest >= slots) this.#counts.fill(0)
    else {
      for (let passed = this.#newest + 1; passed <= slot; passed++) {
        const from = (passed % slots) * fields
        this.#counts.fill(0, from, from + fields)
      }
    }
    this.#newest = slot
  }
}

/** What became of the recent lines of each source. Told once a message, so that it costs a line nothing. */
export class RecentLines {
  readonly #rings: Array<Ring | undefined> = []
  readonly #counts: DetectionCounts
  readonly #met: { readonly [reason in RejectReason | "all"]: number }
  readonly #reasonsBefore = new Float64Array(rejectReasons.length)
  #lines = 0
  #revised = 0
  #late = 0
  #rejected = 0

  /** @param counts,met what the detection counts on in */
  constructor(counts: DetectionCounts, met: { readonly [reason in RejectReason | "all"]: number }) {
    this.#counts = counts
    this.#met = met
  }

  /**
   * A message of a source has been folded in.
   *
   * @param isNew whether it is to be counted: no life before has counted it
   */
  message(source: number, storedMs: number, isNew: boolean): void {
    const counts = this.#counts
    if (isNew) {
      let ring = this.#rings[source]
      if (ring === undefined) {
        ring = new Ring()
        this.#rings[source] = ring
      }
      const at = ring.at(Math.floor(storedMs / slotMs))
      ring.counts[at + lineField]! += counts.lines - this.#lines
      ring.counts[at + revisedField]! += counts.revised - this.#revised
      ring.counts[at + lateField]! += counts.late - this.#late
      if (this.#met.all > this.#rejected) this.#reject(ring.counts, at + firstReason)
    } else if (this.#met.all > this.#rejected) this.#reject()
    this.#lines = counts.lines
    this.#revised = counts.revised
    this.#late = counts.late
    this.#rejected = this.#met.all
  }

  #reject(into?: Uint32Array, at = 0): void {
    for (let i = 0; i < rejectReasons.length; i++) {
      const now = this.#met[rejectReasons[i]!]
      if (into !== undefined) into[at + i]! += now - this.#reasonsBefore[i]!
      this.#reasonsBefore[i] = now
    }
  }

  /** What there is to say at a time of the log's clock, behind the message that was read last. */
  tally(
    clockMs: number,
    clocks: ReadonlyArray<SourceClock>,
    formatChanges: ReadonlyArray<FormatChange>,
    read: { readonly throughSeq: number; readonly logsCreated: string | undefined }
  ): Tally {
    const slot = Math.floor(clockMs / slotMs)
    const total = new Float64Array(fields)
    const sources: Array<{
      readonly clock: SourceClock
      readonly sum: Float64Array
      readonly fault: ClockFault | undefined
    }> = []
    for (const [source, ring] of this.#rings.entries()) {
      const sum = new Float64Array(fields)
      if (ring === undefined || ring.sumUp(slot, sum) === 0) continue
      for (let i = 0; i < fields; i++) total[i]! += sum[i]!
      const clock = clocks[source]!
      sources.push({ clock, sum, fault: clockFaultOf(clock.delays()) })
    }
    sources.sort(
      (a, b) =>
        Number(b.fault !== undefined) - Number(a.fault !== undefined) ||
        unjudged(b.sum) - unjudged(a.sum) ||
        b.sum[lineField]! - a.sum[lineField]!
    )
    const rest = sources.slice(limits.tallySources)
    const others = new Float64Array(fields)
    for (const { sum } of rest) for (let i = 0; i < fields; i++) others[i]! += sum[i]!
    return {
      schema: tallySchema,
      at_ms: clockMs,
      span_ms: limits.tallySpanMs,
      total: countsOf(total),
      off_clock: sources.filter(({ fault }) => fault !== undefined).length,
      sources: sources.slice(0, limits.tallySources).map(({ clock, sum, fault }) => {
        const delays = clock.delays()
        return {
          name: clock.name,
          ...countsOf(sum),
          offset_ms: clock.offsetMs,
          delay_ms: delays === undefined ? null : { p10: delays.p10Ms, median: delays.medianMs, p90: delays.p90Ms },
          disorder_ms: clock.disorderMs() ?? null,
          lateness_ms: clock.latenessMs,
          usual_gap_ms: Math.round(clock.usualGapMs),
          clock: fault ?? null
        }
      }),
      others: rest.length === 0 ? null : { sources: rest.length, total: countsOf(others) },
      format_changes: formatChanges,
      ...(read.logsCreated === undefined ? {} : { through_seq: read.throughSeq, logs_created: read.logsCreated })
    }
  }
}

const unjudged = (sum: Float64Array): number => {
  let lines = sum[lateField]!
  for (let i = firstReason; i < fields; i++) lines += sum[i]!
  return lines
}

const countsOf = (sum: Float64Array): TallyCounts => {
  const rejected: { [reason in RejectReason]?: number } = {}
  for (let i = 0; i < rejectReasons.length; i++) {
    const lines = sum[firstReason + i]!
    if (lines > 0) rejected[rejectReasons[i]!] = lines
  }
  return { lines: sum[lineField]!, revised: sum[revisedField]!, late: sum[lateField]!, rejected }
}
