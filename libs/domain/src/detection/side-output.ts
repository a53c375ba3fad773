import { limits } from "../limits.ts"
import { cutText, keyText } from "../wire/alert.ts"
import type { SinceLast } from "../wire/record.ts"
import { type Reject, type RejectReason, rejectReasons, rejectSchema } from "../wire/reject.ts"
import type { DetectionCounts } from "./counts.ts"
import type { Sources } from "./watermark.ts"

/**
 * What comes into no window: lines that are late or cannot be used, and sequences that are missing. They are counted for the next record,
 * each once, and the lines are told as rejects as far as there is room.
 */
export class SideOutput {
  /** What is up to here was counted by a record already. */
  countedThroughSeq: number
  /** So many rejects are given out by the next `takeRejects`; the others are only counted, in `withheld`. */
  rejectRoom = Number.POSITIVE_INFINITY
  withheld = 0
  /** What `counts.rejected` is made of. */
  readonly rejectedBy: Record<RejectReason, number> = Object.fromEntries(
    rejectReasons.map((reason) => [reason, 0])
  ) as Record<RejectReason, number>
  /** All rejects that were met, also those that a record had counted before: the tally knows by itself what was counted in it. */
  readonly met: Record<RejectReason | "all", number> = { ...this.rejectedBy, all: 0 }
  readonly #counts: DetectionCounts
  readonly #sources: Sources
  readonly #tellsRejects: boolean
  #since = emptySince()
  #rejects: Array<Reject> = []
  #rejectsOfMessage = 0

  /** @param tellsRejects whether there are rejects at all, or only counts */
  constructor(counts: DetectionCounts, sources: Sources, countedThroughSeq: number, tellsRejects: boolean) {
    this.#counts = counts
    this.#sources = sources
    this.countedThroughSeq = countedThroughSeq
    this.#tellsRejects = tellsRejects
  }

  /** A message begins: each may give out so many rejects. */
  beginMessage(): void {
    this.#rejectsOfMessage = 0
  }

  /** So many sequences are missing. */
  gap(sequences: number): void {
    this.#counts.gap += sequences
    this.#since.gap += sequences
  }

  late(text: Uint8Array, seq: number, slot: number, line: number): void {
    if (seq <= this.countedThroughSeq) return // counted by a record, or late then already
    this.#counts.late++
    this.#since.late++
    const source = this.#sources.nameOf(slot)
    this.#since.lateBySource.set(source, (this.#since.lateBySource.get(source) ?? 0) + 1)
    this.#tell("late", text, seq, slot, line)
  }

  /** A line that a rule takes out: it is in no window. */
  ignore(rule: string, seq: number): void {
    if (seq <= this.countedThroughSeq) return
    this.#counts.ignored++
    this.#since.ignored.set(rule, (this.#since.ignored.get(rule) ?? 0) + 1)
  }

  reject(reason: RejectReason, text: Uint8Array, seq: number, slot: number, line: number): void {
    this.met[reason]++
    this.met.all++
    if (seq <= this.countedThroughSeq) return
    this.#counts.rejected++
    this.rejectedBy[reason]++
    this.#since.rejected.set(reason, (this.#since.rejected.get(reason) ?? 0) + 1)
    this.#tell(reason, text, seq, slot, line)
  }

  /** What was counted since the last call, as the next record tells it. */
  takeSince(): SinceLast {
    const since = this.#since
    if (since.late === 0 && since.gap === 0 && since.rejected.size === 0 && since.ignored.size === 0)
      return nothingSince
    this.#since = emptySince()
    return {
      late: since.late,
      rejected: Object.fromEntries(since.rejected),
      gap: since.gap,
      late_by_source: Object.fromEntries(since.lateBySource),
      ...(since.ignored.size === 0 ? {} : { ignored: Object.fromEntries(since.ignored) })
    }
  }

  takeRejects(): ReadonlyArray<Reject> {
    const rejects = this.#rejects
    this.#rejects = []
    return rejects
  }

  #tell(reason: RejectReason, text: Uint8Array, seq: number, slot: number, line: number): void {
    if (!this.#tellsRejects || ++this.#rejectsOfMessage > limits.rejectsAMessage) return
    if (this.#rejects.length >= this.rejectRoom) {
      this.withheld++
      return
    }
    this.#rejects.push({
      schema: rejectSchema,
      reason,
      source: this.#sources.nameOf(slot),
      seq,
      line,
      text: keyText(cutText(text, limits.rejectLineBytes))
    })
  }
}

const emptySince = () => ({
  late: 0,
  gap: 0,
  rejected: new Map<RejectReason, number>(),
  ignored: new Map<string, number>(),
  lateBySource: new Map<string, number>()
})

const nothingSince: SinceLast = { late: 0, rejected: {}, gap: 0, late_by_source: {} }
