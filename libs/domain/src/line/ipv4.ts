import { hashStep, LF } from "./bytes.ts"
import type { ClientPlace } from "./prefix.ts"

/*
 * An IPv4 address, read by a table of states, so that a byte costs the same wherever the dots stand: the lengths of the four numbers are what a
 * processor cannot foresee. A number above 255, or one that begins with 0 and goes on, is none.
 */

const DOT = 46
const first = DOT
/** The bytes from `.` to `9` fit into so many bits. */
const shift = 4

/** What was read of a number: nothing, 0, 1, 2, 3 to 9, two digits up to 19, 20 to 24, 25, and all that takes no further digit. */
const NOTHING = 0
const DONE = 8
const states = DONE + 1
const WRONG = states * 4

/** Where a further digit leads. */
const afterDigit = (read: number, digit: number): number => {
  switch (read) {
    case NOTHING:
      return digit === 0 ? 1 : digit === 1 ? 2 : digit === 2 ? 3 : 4
    case 2:
      return 5
    case 3:
      return digit < 5 ? 6 : digit === 5 ? 7 : DONE
    case 4:
    case 5:
    case 6:
      return DONE
    case 7:
      return digit <= 5 ? DONE : -1
    default:
      return -1
  }
}

const next = new Uint8Array((WRONG + 1) << shift).fill(WRONG)
for (let part = 0; part < 4; part++) {
  for (let read = 0; read < states; read++) {
    const from = (part * states + read) << shift
    if (read !== NOTHING && part < 3) next[from] = (part + 1) * states
    for (let digit = 0; digit < 10; digit++) {
      const to = afterDigit(read, digit)
      if (to >= 0) next[from + 48 - first + digit] = part * states + to
    }
  }
}

const inAddress = new Uint8Array(256)
for (let c = 0; c < 256; c++) inAddress[c] = c === DOT || (c >= 48 && c <= 57) ? 1 : 0

/** Where an address that begins at `start` ends, or -1; then it is the client in `found`. */
export const ipv4ClientEnd = (
  found: ClientPlace & { readonly seed: number },
  bytes: Uint8Array,
  start: number,
  end: number
): number => {
  let hash = found.seed
  let state = 0
  let i = start
  let c = i < end ? bytes[i]! : LF
  while (inAddress[c] === 1) {
    hash = hashStep(hash, c)
    state = next[(state << shift) | (c - first)]!
    c = ++i < end ? bytes[i]! : LF
  }
  if (state <= 3 * states || state === WRONG) return -1
  found.clientStart = start
  found.clientEnd = i
  found.clientHash = hash
  return i
}
