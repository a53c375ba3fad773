import {
  type DetectionSettings,
  LineScanner,
  type LineTally,
  limits,
  lineKeysOf,
  readerFor,
  type ScannedLines,
  scanLines
} from "@chaussettes/domain"

export interface ScanOptions extends Pick<DetectionSettings, "urlKey" | "reading" | "leastRequests"> {
  readonly hashSeed: number
}

/** Memory goes to and fro between the threads and is used again: fresh memory would cost as much as the handing over saves. */
export interface Piece {
  /** Whole lines are bytes[0, length). */
  readonly bytes: Uint8Array
  readonly length: number
  /** It is the first one of its file. */
  readonly begins: boolean
  readonly used: ScannedLines | undefined
}

/** Finds the fields of lines, for a detection that counts them elsewhere. */
export class ScanSteps {
  readonly #reader: ReturnType<typeof readerFor>
  readonly #scanner: LineScanner
  readonly #tally: LineTally | undefined

  /** @param tally is shown each line where it is scanned, with its referrer and its agent */
  constructor({ urlKey, hashSeed, reading, leastRequests }: ScanOptions, tally?: LineTally) {
    const keys = lineKeysOf(leastRequests, hashSeed)
    this.#reader = readerFor(reading, { refers: tally !== undefined, keys })
    this.#scanner = new LineScanner(urlKey, limits.lineBytes, hashSeed, this.#reader, keys)
    this.#tally = tally
  }

  scan({ bytes, length, begins, used }: Piece): ScannedLines {
    if (begins) this.#reader?.begin()
    return scanLines(this.#scanner, bytes, 0, length, used, this.#tally)
  }
}

export const memoryOfScanned = ({ bytes, fields, numbers }: ScannedLines): Array<ArrayBuffer> =>
  [bytes, fields, numbers].map(({ buffer }) => buffer as ArrayBuffer)
