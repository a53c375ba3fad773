import {
  type Detection,
  type DetectionCounts,
  type DetectionSettings,
  type Dimension,
  type IncidentModel,
  IncidentWatcher,
  type LogBatch,
  type PerDimension,
  type Replay,
  type Threshold
} from "@chaussettes/domain"
import { detectionFor } from "../detection-for.ts"
import { changesOf } from "./change.ts"
import { type Computed, type ComputeOptions, compute, newReplay } from "./compute.ts"

/** What a round has learnt. */
interface Learnt {
  readonly computed: Computed
  /** The dimensions whose new thresholds differ from those before by more than their uncertainty. */
  readonly changed: ReadonlyArray<Dimension>
  readonly counts: DetectionCounts
  /** What incidents are judged by. */
  readonly model: IncidentModel | undefined
}

export interface RoundOptions {
  readonly settings: DetectionSettings
  /** False incidents a week. */
  readonly budget: number
}

/** A round but for what it reads and writes: to fold a history and to calibrate keeps a core busy for seconds on end. */
export class RoundSteps {
  readonly #settings: DetectionSettings
  readonly #replay: Replay
  readonly #detection: Detection
  readonly #incidents: IncidentWatcher

  constructor({ settings, budget }: RoundOptions) {
    this.#settings = settings
    this.#replay = newReplay(settings)
    this.#incidents = new IncidentWatcher(settings.windowMs, budget)
    this.#detection = detectionFor(settings, this.#replay, this.#incidents)
  }

  ingest(batch: LogBatch): void {
    this.#detection.ingest(batch)
    // Only the model is wanted.
    this.#incidents.take()
  }

  /** LOGS holds nothing more: what thresholds follow from it. */
  learn(asked: {
    readonly by: ComputeOptions
    readonly before: PerDimension<Threshold>
    readonly nowMs: number
  }): Learnt {
    const { by, before, nowMs } = asked
    this.#detection.endOfLogs()
    const computed = compute(this.#replay, this.#settings, by, nowMs)
    const { history } = this.#replay
    const basis = { history, totals: this.#replay.totals(), method: by.method }
    const changed = computed._tag === "Found" ? changesOf(before, computed.thresholds, basis) : []
    return { computed, changed, counts: this.#detection.counts, model: this.#incidents.model() }
  }
}
