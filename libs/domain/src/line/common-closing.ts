import { DASH, isDigit, placeOf, QUOTE, SPACE } from "./bytes.ts"
import { type Closing, hasProtocol, isEscaped } from "./closing.ts"
import { statusEnd, statusOf } from "./status.ts"

/* Which quotes of a line of Common or Combined may close its request, by what stands behind them. */

/** Leaves in `closing` where the request of a line of Common may close whose inside begins at `start`. */
export const findClosings = (closing: Closing, bytes: Uint8Array, start: number, stop: number): void => {
  closing.begin()
  let tail = -1
  let protocol = -1
  let isTwice = false
  for (let i = start; i + 4 < stop; i++) {
    if (bytes[i] !== QUOTE || bytes[i + 1] !== SPACE || isEscaped(bytes, i)) continue
    const statusStop = statusEnd(bytes, i + 2, stop)
    if (statusStop >= 0 && hasProtocol(bytes, i)) {
      isTwice = protocol >= 0
      if (!isTwice) protocol = i
    }
    if (statusStop < 0 || statusStop >= stop || statusOf(bytes, i + 2, statusStop) < 0) continue
    const end = sizeStop(bytes, statusStop + 1, stop)
    if (end < 0) continue
    if (tail < 0) tail = tailStart(bytes, start, stop)
    if (isTail(bytes, end, stop, tail)) closing.add(bytes, i)
  }
  // A line that was cut, or whose rest nobody knows.
  if (closing.at < 0) {
    closing.at = protocol
    closing.isAmbiguous = isTwice
  }
}

/** Where the size ends that begins at `i`, or -1. */
const sizeStop = (bytes: Uint8Array, start: number, stop: number): number => {
  let i = start
  if (bytes[i] === DASH) i++
  else while (i < stop && i - start < 20 && isDigit(bytes[i]!)) i++
  return i > start && i - start < 20 && (i === stop || bytes[i] === SPACE) ? i : -1
}

/**
 * Whether bytes[start, stop) can be what a server writes behind the size: nothing; words, and quoted fields behind them; or quoted fields first, whatever
 * stands in them, of which the first is not alone. The right rest of a line is always so.
 * @param tail where Traefik's own fields begin: there stand two quoted ones before them, and no more
 */
const isTail = (bytes: Uint8Array, start: number, stop: number, tail: number): boolean => {
  if (start === stop) return true
  if (isOpenAt(bytes, start, stop)) return false
  if (bytes[start + 1] !== QUOTE) {
    // A quote opens a field, and closes none that is not open.
    const quote = placeOf(QUOTE, bytes, start, stop)
    return quote === stop || !isWord(bytes[quote - 1]!)
  }
  const end = Math.min(stop, tail)
  if (bytes[end - 1] !== QUOTE && end < stop) return false
  for (let i = start + 2; i + 1 < end; i++) {
    if (bytes[i] !== QUOTE || bytes[i + 1] !== SPACE) continue
    if (end === stop || (bytes[i + 2] === QUOTE && i + 3 < end)) return true
  }
  return false
}

const isWord = (c: number): boolean => isDigit(c) || ((c | 32) - 97 < 26 && (c | 32) >= 97)

/** Whether the line ends inside a quoted field: its last quote opens one. */
const isOpenAt = (bytes: Uint8Array, start: number, stop: number): boolean => {
  let i = stop - 1
  while (i > start && bytes[i] !== QUOTE) i--
  return i + 1 < stop && bytes[i + 1] !== SPACE
}

/** Where ` 12 "web@docker" "http://10.0.0.5:80" 3ms` begins at the line's end, which Traefik writes behind the agent; else `stop`. */
const tailStart = (bytes: Uint8Array, start: number, stop: number): number => {
  let i = stop - 1
  if (bytes[i] !== 115 || bytes[i - 1] !== 109 || !isDigit(bytes[i - 2]!)) return stop
  i -= 2
  while (i > start && isDigit(bytes[i]!)) i--
  for (let field = 0; field < 2; field++) {
    if (bytes[i] !== SPACE || bytes[i - 1] !== QUOTE) return stop
    i -= 2
    while (i > start && bytes[i] !== QUOTE) i--
    i--
  }
  if (bytes[i] !== SPACE || !isDigit(bytes[i - 1]!)) return stop
  i--
  while (i > start && isDigit(bytes[i]!)) i--
  return i > start && bytes[i] === SPACE ? i : stop
}
