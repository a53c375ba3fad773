import { BACKSLASH, isDigit, QUOTE, SLASH, SPACE, viewOf } from "./bytes.ts"

/*
 * Where the request of a line closes, behind servers that write quotes as they come. A client chooses user, path, referer and agent, and the server
 * writes the status between them, so each of them may hold what looks like the end of a request: `" 200 5 "-" "`. Of the places where it may end
 *
 *   - those count behind which the rest of the line can be what a server writes: in a path, `HTTP/1.1"` stands behind `/a" 200 5`, and is no field;
 *   - a server writes the protocol always or never: where it stands before the first of them, those without it are an agent's;
 *   - where two are left, nobody can tell a path from an agent, and the line is ambiguous.
 *
 * A server that escapes leaves one at most: a quote behind a backslash closes nothing.
 */

const DOT = 46
/** Whether ` HTTP/1.1` or ` HTTP/2` stands before the quote at `quote`. */
export const hasProtocol = (b: Uint8Array, quote: number): boolean => {
  let i = quote - 2
  if (b[i] !== SLASH) {
    if (b[i] !== DOT || !isDigit(b[i - 1]!) || b[i - 2] !== SLASH) return false
    i -= 2
  }
  if (!isDigit(b[quote - 1]!)) return false
  return b[i - 1] === 80 && b[i - 2] === 84 && b[i - 3] === 84 && b[i - 4] === 72 && b[i - 5] === SPACE
}

/** Whether a quote with the protocol before it may stand in front of `behind`, told by two bytes: for who has many of them to look at. */
export const mayHaveProtocol = (b: Uint8Array, behind: number): boolean =>
  b[behind - 5] === SLASH || b[behind - 3] === SLASH

/** Whether a backslash takes the meaning off the quote at `quote`. */
export const isEscaped = (b: Uint8Array, quote: number): boolean => {
  let i = quote
  while (b[i - 1] === BACKSLASH) i--
  return (quote - i) % 2 === 1
}

/** Whether a quote with the protocol before it stands in bytes[start, end). */
export const holdsProtocol = (b: Uint8Array, start: number, end: number): boolean => {
  const view = viewOf(b)
  let i = start
  for (; i + 4 <= end; i += 4) {
    const four = view.getInt32(i, true) ^ 0x22222222
    if (((four - 0x01010101) & ~four & 0x80808080) === 0) continue
    for (let k = i; k < i + 4; k++) if (b[k] === QUOTE && mayHaveProtocol(b, k + 1) && hasProtocol(b, k)) return true
  }
  for (; i < end; i++) if (b[i] === QUOTE && hasProtocol(b, i)) return true
  return false
}

/** The place among those where a request may close, which are given in their order. */
export class Closing {
  /** Of the quote; -1 for none. */
  at = -1
  isAmbiguous = false

  begin(): void {
    this.at = -1
    this.isAmbiguous = false
  }

  add(bytes: Uint8Array, quote: number): void {
    if (this.at < 0) this.at = quote
    else if (hasProtocol(bytes, quote)) this.isAmbiguous = true
  }
}
