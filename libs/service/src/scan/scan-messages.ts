import { availableParallelism } from "node:os"
import type { DetectionSettings, ScannedLines } from "@chaussettes/domain"

export interface ScanOptions extends Pick<DetectionSettings, "urlKey" | "reading" | "leastRequests"> {
  readonly hashSeed: number
}

/** Memory goes to and fro between the threads and is used again: fresh memory would cost as much as the handing over saves. */
export interface ScanRequest {
  /** Whole lines are bytes[0, length). */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly length: number
  /** The piece is the first one of its file. */
  readonly begins: boolean
  readonly used: ScannedLines | undefined
}

/** The answers come in the order of the requests. */
export interface ScanAnswer {
  /** The bytes of `lines`, whose memory may be used again. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly lines: ScannedLines
}

export const memoryOf = (bytes: Uint8Array<ArrayBuffer>, lines: ScannedLines | undefined): Array<ArrayBuffer> =>
  lines === undefined ? [bytes.buffer] : [bytes.buffer, lines.fields.buffer, lines.numbers.buffer]

/** A thread that scans does not pay for a file that is smaller. */
const threadedFromBytes = 1024 * 1024

/** Whether a thread that scans pays for so many bytes; 0 where it is not known how many come. */
export const paysThread = (bytes: number): boolean =>
  availableParallelism() > 1 && (bytes === 0 || bytes >= threadedFromBytes)

/** Pieces of a file that are scanned or wait to be folded. */
export const piecesAhead = 8
