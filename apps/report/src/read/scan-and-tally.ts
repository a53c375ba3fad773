import { type DetectionSettings, LineTally, type ReportContents, type ScannedLines } from "@chaussettes/domain"
import { type Piece, type ScanOptions, ScanSteps } from "@chaussettes/service/scan/steps"
import { dayIn, zoneOf } from "../zone.ts"

/** All that a scan needs to know; it goes to the thread. */
export interface ScanAndTallyOptions extends ScanOptions, Pick<DetectionSettings, "errors" | "ipv6Prefix"> {
  readonly zone: string
}

const everything = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }

/** The tally of a log with these settings. */
export const tallyFor = (options: ScanAndTallyOptions, span = everything): LineTally => {
  const zone = zoneOf(options.zone)!
  const hasSites = options.leastRequests.site !== undefined
  return new LineTally({ ...options, ...span }, options.hashSeed, hasSites, (ms) => dayIn(zone, ms))
}

/** Scans pieces of files once, for the detection, and counts for the report what only stands in the lines themselves. */
export class ScanAndTally {
  readonly #steps: ScanSteps
  readonly #tally: LineTally

  constructor(options: ScanAndTallyOptions) {
    this.#tally = tallyFor(options)
    this.#steps = new ScanSteps(options, this.#tally)
  }

  scan(piece: Piece): ScannedLines {
    return this.#steps.scan(piece)
  }

  /** What was counted in the pieces so far. */
  contents(): ReportContents {
    return this.#tally.contents()
  }
}
