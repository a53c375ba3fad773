import {
  type DetectionSettings,
  LineScanner,
  LineTally,
  limits,
  lineKeysOf,
  type ReportContents,
  readerFor,
  type ScannedLines,
  scanLines
} from "@chaussettes/domain"
import { dayIn, zoneOf } from "../zone.ts"

/** All that a scan needs to know; it goes to the thread. */
export interface ScanAndTallyOptions
  extends Pick<DetectionSettings, "urlKey" | "reading" | "leastRequests" | "errors" | "ipv6Prefix"> {
  readonly hashSeed: number
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
  readonly #reader: ReturnType<typeof readerFor>
  readonly #scanner: LineScanner
  readonly #tally: LineTally

  constructor(options: ScanAndTallyOptions) {
    const keys = lineKeysOf(options.leastRequests, options.hashSeed)
    this.#reader = readerFor(options.reading, { refers: true, keys })
    this.#scanner = new LineScanner(options.urlKey, limits.lineBytes, options.hashSeed, this.#reader, keys)
    this.#tally = tallyFor(options)
  }

  /** @param begins the piece is the first one of its file */
  scan(piece: Uint8Array, start: number, end: number, begins: boolean, used?: ScannedLines): ScannedLines {
    if (begins) this.#reader?.begin()
    return scanLines(this.#scanner, piece, start, end, used, this.#tally)
  }

  contents(): ReportContents {
    return this.#tally.contents()
  }
}
