import { BACKSLASH, CR, isControl, LF, plainEnd, QUOTE, SPACE, viewOf } from "./bytes.ts"
import { hasProtocol, mayHaveProtocol } from "./closing.ts"
import { CONTROL, type ScanCode, TRUNCATED } from "./scan-code.ts"

/** Fields of a line, whatever stands in them: quoted ones, and words with one space between them. */

/** Classes of bytes inside quotes: 0 goes on, anything else wants a look. */
const inQuotes = new Uint8Array(256)
for (let c = 0; c < 256; c++) inQuotes[c] = isControl(c) || c === QUOTE || c === BACKSLASH ? 1 : 0

/** Behind the closing quote of a field whose inside begins at `start`, or the negative of a code. */
export const quotedEnd = (bytes: Uint8Array, start: number, end: number): number => {
  const view = viewOf(bytes)
  let i = start
  for (;;) {
    i = plainEnd(view, i, end)
    let c = i < end ? bytes[i]! : LF
    while (inQuotes[c] === 0) c = ++i < end ? bytes[i]! : LF
    if (c === QUOTE) return i + 1
    if (c === BACKSLASH && i + 1 < end && !isControl(bytes[i + 1]!)) i += 2
    else if (c === BACKSLASH && (i + 1 >= end || bytes[i + 1] === LF)) return -TRUNCATED
    else return c === LF || (c === CR && (i + 1 >= end || bytes[i + 1] === LF)) ? -TRUNCATED : -CONTROL
  }
}

/** What of a line wants another look: bits of `LineScanner.doubts`. */
export interface Doubts {
  doubts: number
}

/**
 * Fields behind those that are known: words and quoted fields, one space between them. Answers where the line ends. A field that ends as a request
 * does makes doubtful which of them is the request.
 */
export const furtherEnd = (found: Doubts, bytes: Uint8Array, start: number, end: number): number => {
  let i = start
  for (;;) {
    let c = i < end ? bytes[i]! : LF
    if (c === QUOTE) {
      i = quotedEnd(bytes, i + 1, end)
      if (i < 0) return i
      if (mayHaveProtocol(bytes, i) && hasProtocol(bytes, i - 1)) found.doubts |= 2
    } else {
      while (c > SPACE && c !== 127) c = ++i < end ? bytes[i]! : LF
      if (bytes[i - 1] === QUOTE) found.doubts |= 2
    }
    if (i >= end || bytes[i] !== SPACE) return i
    i++
  }
}

/**
 * What is wrong with a field that stands in bytes[from, to): the line may end inside it, a control byte may stand in it,
 * or else it is `code`. So what is behind the line never changes its reason.
 */
export const whyWrong = (code: ScanCode, bytes: Uint8Array, from: number, to: number, end: number): ScanCode => {
  for (let i = from; i < to; i++) {
    const c = i < end ? bytes[i]! : LF
    if (c === LF || (c === CR && (i + 1 >= end || bytes[i + 1] === LF))) return TRUNCATED
    if (isControl(c)) return CONTROL
  }
  return code
}
