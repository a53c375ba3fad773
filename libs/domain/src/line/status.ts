import { DASH, isDigit, SPACE, ZERO } from "./bytes.ts"

/** Whether a status may stand here: three digits, or a dash, and no more. */
export const statusEnd = (bytes: Uint8Array, i: number, stop: number): number => {
  let at = i
  if (i < stop && bytes[i] === DASH) at = i + 1
  else if (i + 3 <= stop && isDigit(bytes[i]!) && isDigit(bytes[i + 1]!) && isDigit(bytes[i + 2]!)) {
    at = i + 3
    // IIS writes 404.0
    if (at + 1 < stop && bytes[at] === 46 && isDigit(bytes[at + 1]!)) while (++at < stop && isDigit(bytes[at]!));
  } else return -1
  return at === stop || bytes[at] === SPACE ? at : -1
}

/** The status at bytes[i, stop) whose form is right: no answer (`-`, `000`) is 0. Or -1: there is no such status. */
export const statusOf = (bytes: Uint8Array, i: number, stop: number): number => {
  if (bytes[i] === DASH) return stop === i + 1 ? 0 : -1
  const status = (bytes[i]! - ZERO) * 100 + (bytes[i + 1]! - ZERO) * 10 + (bytes[i + 2]! - ZERO)
  return status === 0 || status >= 100 ? status : -1
}
