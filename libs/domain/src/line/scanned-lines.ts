import type { LineScanner, ScanCode } from "./line.ts"

/** What the scanner found in the lines of a piece, line by line: so scanning and folding may happen in two threads. */
export interface ScannedLines {
  /** The piece, and behind it what was unpacked from its lines. */
  readonly bytes: Uint8Array
  readonly count: number
  /** Where the first line begins. */
  readonly start: number
  /** `fieldsALine` whole numbers a line, as `LineScanner.note` writes them. */
  readonly fields: Int32Array<ArrayBuffer>
  /** `numbersALine` further numbers a line: its event time, ms since the epoch, and what is measured. */
  readonly numbers: Float64Array<ArrayBuffer>
}

/** Of a scanner that finds this many keys on request. */
export const fieldsALine = (keys: number): number => 12 + 3 * keys
export const numbersALine = 3

/** Shorter lines than this make the columns grow. */
const likelyLineBytes = 64

/**
 * Scans the lines of piece[start, end). What has to be unpacked from them is written behind `end`, for which there should be room.
 * @param used what an earlier piece was scanned into and is not needed any more: its memory is used again
 * @param seen told each line while the scanner stands at it, and all that it has found can be read off it
 */
export const scanLines = (
  scanner: LineScanner,
  piece: Uint8Array,
  start: number,
  end: number,
  used?: ScannedLines,
  seen?: { readonly see: (line: LineScanner, code: ScanCode) => void }
): ScannedLines => {
  const width = fieldsALine(scanner.keys.length)
  let room = used === undefined ? Math.ceil((end - start) / likelyLineBytes) : used.numbers.length / numbersALine
  let fields = used?.fields ?? new Int32Array(room * width)
  let numbers = used?.numbers ?? new Float64Array(room * numbersALine)
  let count = 0
  let bytes = piece
  let unpacked = end
  for (let at = start; at < end; at = scanner.next) {
    const code = scanner.scan(bytes, at, end)
    if (seen !== undefined) seen.see(scanner, code)
    if (count === room) {
      room = room * 2 + 1
      fields = grown(fields, new Int32Array(room * width))
      numbers = grown(numbers, new Float64Array(room * numbersALine))
    }
    if (code === 0 && !scanner.standsIn(bytes)) {
      const length = scanner.movedBytes
      if (unpacked + length > bytes.length) {
        const more = new Uint8Array((unpacked + length) * 2)
        more.set(bytes)
        bytes = more
      }
      unpacked = scanner.moveTo(bytes, unpacked)
    }
    scanner.note(code, fields, count * width, numbers, count * numbersALine)
    count++
  }
  return { bytes, count, start, fields, numbers }
}

const grown = <A extends Int32Array | Float64Array>(from: A, into: A): A => {
  into.set(from)
  return into
}
