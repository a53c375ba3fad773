import { receiveLimits } from "./limits.ts"

/*
 * The lines in a request's body: lines as they are, newline-delimited JSON, or a JSON array of objects or texts. Of an object that carries a line
 * (`message`, `log`, `MESSAGE`) that line is taken; any other object is a line in itself, for the formats that are JSON.
 */

const LF = 10
const CR = 13
const OPEN_BRACKET = 91
const OPEN_BRACE = 123

const encoder = new TextEncoder()

/** Why a body is not taken. */
export class BadBody extends Error {}

const cut = (line: Uint8Array): Uint8Array => {
  const end = line.at(-1) === CR ? line.length - 1 : line.length
  return line.subarray(0, Math.min(end, receiveLimits.mostBytesALine))
}

const textLines = function* (bytes: Uint8Array): Generator<Uint8Array> {
  let at = 0
  while (at < bytes.length) {
    const found = bytes.indexOf(LF, at)
    const end = found < 0 ? bytes.length : found
    const line = cut(bytes.subarray(at, end))
    if (line.length > 0) yield line
    at = end + 1
  }
}

/** A text as lines: one that holds line ends is several. */
export const linesOfText = (text: string): ReadonlyArray<Uint8Array> => [...textLines(encoder.encode(text))]

/** The line that an object carries; journald gives one that is not UTF-8 as an array of bytes. */
const carried = (value: object): string | Uint8Array | undefined => {
  const { message, log, MESSAGE } = value as { message?: unknown; log?: unknown; MESSAGE?: unknown }
  const line = message ?? log ?? MESSAGE
  if (typeof line === "string") return line
  const isBytes = Array.isArray(line) && line.every((byte) => Number.isInteger(byte) && byte >= 0 && byte < 256)
  return isBytes ? Uint8Array.from(line as Array<number>) : undefined
}

/** The lines that an object carries; undefined where it carries none. */
export const carriedLines = (value: object): ReadonlyArray<Uint8Array> | undefined => {
  const line = carried(value)
  if (line === undefined) return undefined
  return typeof line === "string" ? linesOfText(line) : [...textLines(line)]
}

const linesOfValue = (value: unknown): ReadonlyArray<Uint8Array> | undefined => {
  if (typeof value === "string") return linesOfText(value)
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined
  return carriedLines(value) ?? [cut(encoder.encode(JSON.stringify(value)))]
}

/** Lines of what may be JSON row by row. A row that is not JSON stays the line that it is. */
const linesOfRows = (bytes: Uint8Array): ReadonlyArray<Uint8Array> => {
  const lines: Array<Uint8Array> = []
  for (const row of textLines(bytes)) {
    if (row[0] !== OPEN_BRACE) {
      lines.push(row)
      continue
    }
    let value: unknown
    try {
      value = JSON.parse(new TextDecoder().decode(row))
    } catch {
      lines.push(row)
      continue
    }
    lines.push(...(carriedLines(value as object) ?? [row]))
  }
  return lines
}

/** The lines of a body of `POST /`. Throws `BadBody`. */
export const linesOfBody = (bytes: Uint8Array): ReadonlyArray<Uint8Array> => {
  if (bytes[0] !== OPEN_BRACKET) return linesOfRows(bytes)
  let values: unknown
  try {
    values = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    // An error log's line begins so, too.
    return linesOfRows(bytes)
  }
  const lines: Array<Uint8Array> = []
  for (const [i, value] of (values as ReadonlyArray<unknown>).entries()) {
    const own = linesOfValue(value)
    if (own === undefined) throw new BadBody(`element ${i + 1} of the array is neither an object nor a string`)
    lines.push(...own)
  }
  return lines
}
