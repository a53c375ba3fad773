import type { DetectionSettings, ScannedLines } from "@chaussettes/domain"

export interface ScanOptions extends Pick<DetectionSettings, "urlKey" | "reading" | "leastRequests"> {
  readonly hashSeed: number
}

/** Memory goes to and fro between the threads and is used again: fresh memory would cost as much as the handing over saves. */
export interface Request {
  /** Whole lines are bytes[0, length). */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly length: number
  /** The piece is the first one of its file. */
  readonly begins: boolean
  readonly used: ScannedLines | undefined
}

/** The answers come in the order of the requests. */
export interface Answer {
  /** The bytes of `lines`, whose memory may be used again. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly lines: ScannedLines
}

export const memoryOf = (bytes: Uint8Array<ArrayBuffer>, lines: ScannedLines | undefined): Array<ArrayBuffer> =>
  lines === undefined ? [bytes.buffer] : [bytes.buffer, lines.fields.buffer, lines.numbers.buffer]
