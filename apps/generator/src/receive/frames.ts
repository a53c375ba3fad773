import { receiveLimits } from "./limits.ts"

/*
 * Syslog over a stream of bytes (RFC 6587): each frame either counted in octets (`81 <190>…`) or ended by LF. Senders are told apart frame by
 * frame, as rsyslog and syslog-ng do. A count is only taken for one where `<` follows it, so that bare lines, which may begin with an address,
 * are taken, too.
 */

const LF = 10
const CR = 13
const NUL = 0
const SPACE = 32
const LESS = 60
/** `262144 <`: a count has at most seven digits. */
const mostDigits = 7

const isDigit = (c: number | undefined): boolean => c !== undefined && c >= 48 && c <= 57

/** A frame's bytes as one line: what ends it is left out, and line ends within it become blanks. */
export const frameLine = (frame: Uint8Array): Uint8Array => {
  let end = frame.length
  while (end > 0 && (frame[end - 1] === LF || frame[end - 1] === CR || frame[end - 1] === NUL)) end--
  const line = frame.subarray(0, Math.min(end, receiveLimits.mostBytesALine))
  if (line.indexOf(LF) < 0) return line
  return Uint8Array.from(line, (c) => (c === LF ? SPACE : c))
}

/** A sender that announces more than a line may hold: its next frame cannot be found again. */
export class FrameTooLong extends Error {}

/** Cuts what a connection sends into lines. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0)
  /** A line was longer than is kept: its end is passed over. */
  #skips = false

  /** The lines that are whole with these bytes. Throws `FrameTooLong`. */
  push(chunk: Uint8Array): ReadonlyArray<Uint8Array> {
    let bytes = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk])
    const lines: Array<Uint8Array> = []
    let at = 0
    if (this.#skips) {
      const end = bytes.indexOf(LF)
      if (end < 0) return lines
      this.#skips = false
      at = end + 1
    }
    while (at < bytes.length) {
      const counted = countAt(bytes, at)
      if (counted === "unknown") break
      if (counted !== undefined) {
        if (counted.length > receiveLimits.mostBytesALine) throw new FrameTooLong(`${counted.length}`)
        if (counted.from + counted.length > bytes.length) break
        lines.push(frameLine(bytes.subarray(counted.from, counted.from + counted.length)))
        at = counted.from + counted.length
        // Some senders end a counted frame with a line end that they do not count.
        if (bytes[at] === LF) at++
        continue
      }
      const end = bytes.indexOf(LF, at)
      if (end < 0) {
        if (bytes.length - at > receiveLimits.mostBytesALine) {
          lines.push(frameLine(bytes.subarray(at)))
          bytes = Buffer.alloc(0)
          at = 0
          this.#skips = true
        }
        break
      }
      lines.push(frameLine(bytes.subarray(at, end)))
      at = end + 1
    }
    // A copy, so that a few bytes do not keep a whole chunk.
    this.#rest = Buffer.from(bytes.subarray(at))
    return lines.filter((line) => line.length > 0)
  }

  /** The connection ends: a last line without a line end. What is left of a counted frame was cut on its way, and is none. */
  end(): ReadonlyArray<Uint8Array> {
    const rest = this.#rest
    this.#rest = Buffer.alloc(0)
    if (rest.length === 0 || this.#skips || countAt(rest, 0) !== undefined) return []
    const line = frameLine(rest)
    return line.length === 0 ? [] : [line]
  }
}

/** The count at the beginning of a frame and where its bytes begin; undefined where LF ends it, `unknown` while that cannot be told. */
const countAt = (
  bytes: Uint8Array,
  at: number
): { readonly from: number; readonly length: number } | "unknown" | undefined => {
  let i = at
  while (i < bytes.length && i - at < mostDigits && isDigit(bytes[i])) i++
  if (i === at || bytes[at] === 48) return undefined
  if (i === bytes.length) return "unknown"
  if (bytes[i] !== SPACE) return undefined
  if (i + 1 === bytes.length) return "unknown"
  if (bytes[i + 1] !== LESS) return undefined
  return { from: i + 1, length: Number(Buffer.from(bytes.subarray(at, i)).toString("latin1")) }
}
