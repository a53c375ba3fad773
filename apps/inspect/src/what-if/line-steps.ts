import { randomInt } from "node:crypto"
import {
  Detection,
  type DetectionSettings,
  firstThresholds,
  type IncidentEvent,
  IncidentWatcher,
  type LogBatch,
  thresholdsOf
} from "@chaussettes/domain"

export interface LineOptions {
  readonly settings: DetectionSettings
  readonly budgetWeekly: number
}

/** Incidents decided by lines and by what these teach, but for the reading of the lines. */
export class LineSteps {
  readonly #watcher: IncidentWatcher
  readonly #detection: Detection

  constructor({ settings, budgetWeekly }: LineOptions) {
    this.#watcher = new IncidentWatcher(settings.windowMs, budgetWeekly)
    this.#detection = new Detection(settings, thresholdsOf(firstThresholds), {
      origin: "logs",
      hashSeed: randomInt(2 ** 31),
      watcher: this.#watcher
    })
  }

  /** What the next lines decide; without lines, what is open at the end. */
  decide(batch: LogBatch | null): ReadonlyArray<IncidentEvent> {
    if (batch === null) this.#detection.endOfLogs()
    else this.#detection.ingest(batch)
    this.#detection.take()
    return this.#watcher.take()
  }
}
