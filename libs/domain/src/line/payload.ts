/*
 * What known shippers put into a message instead of bare lines: Vector an object with `message`, Fluent Bit an array
 * `[time, {"log": …}]` (or several in an array), Docker's json-file an object with `log`. Newline-delimited JSON is taken, too.
 */

const OPEN_BRACKET = 91
const OPEN_BRACE = 123

const utf8 = new TextDecoder()
const encoder = new TextEncoder()

/** Whether a payload may be JSON: hardly any access line begins with these bytes. */
export const mayBeJson = (bytes: Uint8Array, start: number, end: number): boolean =>
  end > start && (bytes[start] === OPEN_BRACE || bytes[start] === OPEN_BRACKET)

const lineOf = (value: unknown): string | undefined => {
  if (typeof value !== "object" || value === null) return undefined
  const { message, log } = value as { message?: unknown; log?: unknown }
  const line = message ?? log
  return typeof line === "string" ? line.replace(/\r?\n$/, "") : undefined
}

const linesOf = (value: unknown): ReadonlyArray<string> | undefined => {
  if (!Array.isArray(value)) {
    const line = lineOf(value)
    return line === undefined ? undefined : [line]
  }
  if (value.length === 2 && typeof value[0] !== "object") {
    const line = lineOf(value[1])
    return line === undefined ? undefined : [line]
  }
  const lines: Array<string> = []
  for (const item of value) {
    const line = Array.isArray(item) ? lineOf(item[1]) : lineOf(item)
    if (line === undefined) return undefined
    lines.push(line)
  }
  return lines
}

const parsed = (text: string): ReadonlyArray<string> | undefined => {
  try {
    return linesOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** LF behind each, so that an empty one is a line, too. */
const encoded = (lines: ReadonlyArray<string>): Uint8Array => encoder.encode(lines.map((line) => `${line}\n`).join(""))

/** The lines inside a shipper's payload, LF behind each, or `undefined` where it is none that is known. */
export const unwrapPayload = (bytes: Uint8Array): Uint8Array | undefined => {
  const text = utf8.decode(bytes)
  const whole = parsed(text)
  if (whole !== undefined) return encoded(whole)
  const lines: Array<string> = []
  for (const row of text.split("\n")) {
    if (row.trim() === "") continue
    const some = parsed(row)
    if (some === undefined) return undefined
    for (const line of some) lines.push(line)
  }
  return lines.length === 0 ? undefined : encoded(lines)
}
