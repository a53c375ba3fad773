import type { LineScanner } from "@chaussettes/domain"

/** The forms of a line that parses. */
export const formats = ["common", "combined"] as const
export type Format = (typeof formats)[number]

/** What a line that parses is made of. */
export interface Form {
  readonly format: Format
  /** A virtual host stands before the client. */
  readonly virtualHost: boolean
  /** Fields stand behind those of the format. */
  readonly further: boolean
}

const QUOTE = 34
const SPACE = 32
const BACKSLASH = 92
/** `dd/Mon/yyyy:HH:MM:SS +zzzz` and `] "`: what stands between the beginning of the time and the request's inside. */
const requestBehindTime = 29

/** Behind the closing quote of a field whose inside begins at `i`. */
const behindQuoted = (bytes: Uint8Array, i: number, end: number): number => {
  let at = i
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return at + 1
}

/** The form of the line from `start` that was just scanned and is right. */
export const formOf = (bytes: Uint8Array, start: number, scanner: LineScanner): Form => {
  const end = scanner.lineEnd
  const virtualHost = scanner.clientStart > start
  // Behind the request stand a space, three digits of status, a space, and the size.
  let at = behindQuoted(bytes, scanner.timeStart + requestBehindTime, end) + 5
  while (at < end && bytes[at] !== SPACE) at++
  if (at >= end) return { format: "common", virtualHost, further: false }
  if (bytes[at + 1] !== QUOTE) return { format: "common", virtualHost, further: true }
  at = behindQuoted(bytes, at + 2, end)
  at = behindQuoted(bytes, at + 2, end)
  return { format: "combined", virtualHost, further: at < end }
}

export const formName = ({ format, virtualHost, further }: Form): string =>
  [format, ...(virtualHost ? ["virtual host"] : []), ...(further ? ["further fields"] : [])].join(" + ")
