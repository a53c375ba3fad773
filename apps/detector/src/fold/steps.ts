import { randomInt } from "node:crypto"
import { alertSubject, Detection, encodeRecord, type LogBatch, type ThresholdsInForce } from "@chaussettes/domain"
import type { FoldOptions, FoldOutput } from "./fold.ts"
import { pack } from "./packed.ts"
import { RejectBudget } from "./reject-budget.ts"
import { responsesOf } from "./responses.ts"

/** The tally is told this often at most while lines come, and less often while none do: then it only grows old. */
const tellEveryMs = 1_000
const tellSilenceEveryMs = 10_000

/** The detection with its results made ready to be stored: what both the inline fold and the thread do. */
export class FoldSteps {
  readonly #detection: Detection
  readonly #budget = new RejectBudget()
  readonly #nowMs: () => number
  #toldMs: number
  /** Up to where a position and a tally were told. */
  #toldSeq = -1
  /** The log's clock then. */
  #toldClockMs = Number.NEGATIVE_INFINITY

  constructor(options: FoldOptions, nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
    this.#toldMs = nowMs()
    this.#detection = new Detection(options.settings, options.thresholds, {
      origin: "logs",
      hashSeed: randomInt(2 ** 31),
      start: options.start,
      logsCreated: options.logsCreated
    })
  }

  ingest(batch: LogBatch): FoldOutput {
    this.#detection.rejectRoom = this.#budget.left()
    this.#detection.ingest(batch)
    return this.#output(this.#nowMs() >= this.#toldMs + tellEveryMs)
  }

  silence(clockMs: number): FoldOutput {
    this.#detection.silence(clockMs)
    const isNews = this.#detection.highestSeq !== this.#toldSeq
    return this.#output(isNews || clockMs >= this.#toldClockMs + tellSilenceEveryMs)
  }

  setThresholds(thresholds: ThresholdsInForce): void {
    this.#detection.setThresholds(thresholds)
  }

  #output(tells: boolean): FoldOutput {
    const detection = this.#detection
    const isNews = detection.highestSeq !== this.#toldSeq
    if (tells) {
      this.#toldMs = this.#nowMs()
      this.#toldSeq = detection.highestSeq
      this.#toldClockMs = detection.clockMs
    }
    const { decisions, rejects, lost } = detection.take()
    this.#budget.spend(rejects.length)
    return {
      decided: decisions.length,
      records: pack(
        decisions.filter(({ recordSeq }) => recordSeq === undefined).map(({ record }) => encodeRecord(record))
      ),
      alerts: decisions.flatMap(({ alerts }) =>
        alerts.map((alert) => ({ id: alert.id, subject: alertSubject(alert), data: JSON.stringify(alert) }))
      ),
      responses: responsesOf(decisions),
      rejects,
      withheld: detection.withheld,
      formats: detection.formatChanges.take(),
      lost: lost.map(({ seq, record }) => ({ seq, start: record.start })),
      counts: { ...detection.counts },
      rejectedBy: { ...detection.rejectedBy },
      highestSeq: detection.highestSeq,
      clockMs: detection.clockMs,
      decidedThroughMs: detection.decidedThroughMs,
      openWindows: detection.openWindows,
      position: ((tells && isNews) || decisions.length > 0) && !detection.replaying ? detection.position() : undefined,
      tally: tells ? detection.tally() : undefined
    }
  }
}
