import { randomInt } from "node:crypto"
import {
  alertSubject,
  DecidedIncidents,
  Detection,
  encodeIncident,
  encodeRecord,
  type IncidentModelInForce,
  incidentEventKey,
  incidentSubject,
  type LogBatch,
  type ThresholdsInForce
} from "@chaussettes/domain"
import type { FoldOptions, FoldOutput, KnownIncidents } from "./fold.ts"
import { pack } from "./packed.ts"
import { packIncidents } from "./packed-incidents.ts"
import { RejectBudget } from "./reject-budget.ts"
import { responsesOf } from "./responses.ts"

/** The tally is told this often at most while lines come, and less often while none do: then it only grows old. */
const tellEveryMs = 1_000
const tellSilenceEveryMs = 10_000

/** What is known of incidents is packed so seldom that it takes no more than this share of the time, and no more often than a checkpoint is written. */
const packingShare = 0.05
const packEveryMs = 500
/** Alerts of a step do not wait for the packing: it is left to a step that decides nothing, but no longer than this. */
const packWithinMs = 1_000
/** In a silence it is packed whatever the share, where it takes no longer. */
const quicklyPackedMs = 100

/** The detection with its results made ready to be stored: what both the inline fold and the thread do. */
export class FoldSteps {
  readonly #detection: Detection
  readonly #incidents: DecidedIncidents
  readonly #budget = new RejectBudget()
  readonly #nowMs: () => number
  #toldMs: number
  #packFromMs: number
  /** What it took the last time. */
  #packedInMs = 0
  /** A position was told, and not what is known of incidents there. */
  #owesKnown = false
  /** Up to where a position and a tally were told. */
  #toldSeq = -1
  /** The log's clock then. */
  #toldClockMs = Number.NEGATIVE_INFINITY

  constructor(options: FoldOptions, nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
    this.#toldMs = nowMs()
    this.#packFromMs = this.#toldMs
    const { inForce, models, stored, open, assumed } = options.incidents
    const byDigest = new Map(models.map((model) => [model.digest, model]))
    this.#incidents = new DecidedIncidents(inForce, (digest) => byDigest.get(digest), stored, open, assumed)
    this.#detection = new Detection(options.settings, options.thresholds, {
      origin: "logs",
      hashSeed: randomInt(2 ** 31),
      start: options.start,
      watcher: this.#incidents,
      logsCreated: options.logsCreated
    })
  }

  ingest(batch: LogBatch): FoldOutput {
    this.#detection.rejectRoom = this.#budget.left()
    this.#detection.ingest(batch)
    return this.#output(this.#nowMs() >= this.#toldMs + tellEveryMs, this.#packFromMs)
  }

  /**
   * LOGS has had nothing new, and its clock goes on to `clockMs`.
   * @param isServed whether anybody could have written all that time: then it may be that the site is silent
   */
  silence({ clockMs, isServed }: { readonly clockMs: number; readonly isServed: boolean }): FoldOutput {
    this.#detection.silence(clockMs)
    const throughMs = isServed ? this.#detection.silentThroughMs : undefined
    if (throughMs !== undefined) this.#incidents.silent(throughMs)
    const isNews = this.#detection.highestSeq !== this.#toldSeq
    // There is time: what was read last is not left to a next start.
    const packFromMs = this.#packedInMs <= quicklyPackedMs ? Number.NEGATIVE_INFINITY : this.#packFromMs
    return this.#output(isNews || clockMs >= this.#toldClockMs + tellSilenceEveryMs, packFromMs)
  }

  setThresholds(thresholds: ThresholdsInForce): void {
    this.#detection.setThresholds(thresholds)
  }

  setIncidentModel(model: IncidentModelInForce): void {
    this.#incidents.setModel(model)
  }

  #known(): KnownIncidents {
    const startedMs = this.#nowMs()
    const stored = this.#incidents.stored()
    const packed = stored === undefined ? undefined : packIncidents(stored)
    const endedMs = this.#nowMs()
    this.#packedInMs = endedMs - startedMs
    this.#packFromMs = endedMs + Math.max(packEveryMs, this.#packedInMs / packingShare)
    return packed === "too large" ? packed : { packed }
  }

  #output(tells: boolean, packFromMs: number): FoldOutput {
    const detection = this.#detection
    const isNews = detection.highestSeq !== this.#toldSeq
    if (tells) {
      this.#toldMs = this.#nowMs()
      this.#toldSeq = detection.highestSeq
      this.#toldClockMs = detection.clockMs
    }
    const { decisions, rejects, lost } = detection.take()
    this.#budget.spend(rejects.length)
    const hasDecided = decisions.length > 0
    const packs = this.#nowMs() >= packFromMs + (hasDecided ? packWithinMs : 0)
    const isPlace = ((tells && isNews) || hasDecided || (packs && this.#owesKnown)) && !detection.replaying
    if (isPlace) this.#owesKnown = !packs
    return {
      decided: decisions.length,
      records: pack(
        decisions.filter(({ recordSeq }) => recordSeq === undefined).map(({ record }) => encodeRecord(record))
      ),
      alerts: decisions.flatMap(({ alerts }) =>
        alerts.map((alert) => ({ id: alert.id, subject: alertSubject(alert), data: JSON.stringify(alert) }))
      ),
      responses: responsesOf(decisions),
      incidents: this.#incidents.take().map((event) => ({
        key: incidentEventKey(event),
        subject: incidentSubject(event),
        data: encodeIncident(event)
      })),
      openIncidents: this.#incidents.openByKind,
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
      position: isPlace ? detection.position() : undefined,
      known: isPlace && packs ? this.#known() : undefined,
      tally: tells ? detection.tally() : undefined
    }
  }
}
