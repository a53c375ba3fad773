import {
  alphanumeric,
  CLOSE,
  COMMA,
  CR,
  DASH,
  hashStep,
  isControl,
  LF,
  OPEN,
  placeOf,
  QUOTE,
  SLASH,
  SPACE,
  tableOf
} from "./bytes.ts"
import { CLIENT, CONTROL, EMPTY, PREFIX, TIME, TRUNCATED } from "./scan-code.ts"
import { timeLength } from "./time.ts"

/** Where the client stands that was found, and the hash of its bytes. */
export interface ClientPlace {
  clientStart: number
  clientEnd: number
  clientHash: number
}

/** IPv4 addresses and host names. */
export const inName = tableOf(`${alphanumeric}.-_`)

/** Addresses and host names; `%` begins the zone of a link-local address. */
export const inClient = tableOf(`${alphanumeric}.-_:%`)

/**
 * What stands before the time, where it is not simply `client - - [`. Answers where the bracket is, or the negative of a code.
 * Only the dash that nearly all servers write for ident tells whether a virtual host stands in front or a user has spaces in it; where
 * it does not, the line is rejected. Whoever asks chooses his user name, which may be empty or begin with a space, and by his Host
 * header often the virtual host: neither may make a line that is rejected, or he could hide what he does.
 */
export const scanPrefix = (
  found: ClientPlace,
  bytes: Uint8Array,
  start: number,
  end: number,
  hashSeed: number
): number => {
  const lineEnd = placeOf(LF, bytes, start, end)
  if (lineEnd === start || (lineEnd === start + 1 && bytes[start] === CR)) return -EMPTY
  const open = openingBracket(bytes, start, lineEnd)
  if (open < 0) {
    for (let i = start; i < lineEnd; i++) {
      if (isControl(bytes[i]!) && !(bytes[i] === CR && i === lineEnd - 1)) return -CONTROL
    }
    return placeOf(OPEN, bytes, start, lineEnd) + timeLength + 3 < lineEnd ? -TIME : -TRUNCATED
  }
  for (let i = start; i < open; i++) if (isControl(bytes[i]!)) return -CONTROL
  const stop = open - 1
  const first = wordEnd(bytes, start, stop)
  const second = wordEnd(bytes, first + 1, stop)
  const third = wordEnd(bytes, second + 1, stop)
  if (first === start || second <= first + 1 || second >= stop) return -PREFIX
  let client = start
  const dashSecond = second === first + 2 && bytes[first + 1] === DASH
  if (!dashSecond && (third < stop || third === second + 1)) {
    const dashThird = third === second + 2 && bytes[second + 1] === DASH
    // Behind a comma stands the next proxy of a list, and which of them is the client nobody can tell.
    if (!dashThird || bytes[first - 1] === COMMA) return -PREFIX
    client = first + 1
  }
  let hash = hashSeed
  let i = client
  for (; bytes[i] !== SPACE; i++) {
    if (inClient[bytes[i]!] === 0) return -CLIENT
    hash = hashStep(hash, bytes[i]!)
  }
  if (i === client + 1 && bytes[client] === DASH) return -CLIENT
  found.clientStart = client
  found.clientEnd = i
  found.clientHash = hash
  return open
}

/**
 * The `[` that begins the time: behind a space, with `] "` in the right distance; a user's name may hold brackets, too, but no
 * quote. Without such a one the first with `]` in the right distance, so that what is wrong behind it can be said.
 */
const openingBracket = (bytes: Uint8Array, start: number, lineEnd: number): number => {
  const last = lineEnd - timeLength - 3
  let likely = -1
  for (let i = start + 1; i < last; i++) {
    if (bytes[i] !== OPEN || bytes[i - 1] !== SPACE || bytes[i + 3] !== SLASH) continue
    if (bytes[i + timeLength + 1] !== CLOSE) continue
    if (bytes[i + timeLength + 2] === SPACE && bytes[i + timeLength + 3] === QUOTE) return i
    if (likely < 0) likely = i
  }
  return likely
}

const wordEnd = (bytes: Uint8Array, start: number, stop: number): number => {
  let i = start
  while (i < stop && bytes[i] !== SPACE) i++
  return i
}
