import { type AutoReader, defaultReading, LineScanner, readerFor } from "@chaussettes/domain"

/** Changes the lines of a message on their way into LOGS. The number of lines and their ends stay as they are. @param format what it declares */
export type Rewrite = (lines: Uint8Array, format?: string) => Uint8Array

export interface AnyScanner {
  readonly scanner: LineScanner
  readonly reader: AutoReader
}

/** Reads lines as the detector does. No line is too long to be looked at: what becomes of it is for the detector to say. */
export const anyScanner = (trusted: ReadonlyArray<string> = []): AnyScanner => {
  const reader = readerFor({ ...defaultReading, trusted })!
  return { reader, scanner: new LineScanner("path", Number.MAX_SAFE_INTEGER, 0, reader) }
}

/** Event time of the first line that has one, ms since the epoch. */
export const firstTimeMs = (lines: Uint8Array, format = ""): number | undefined => {
  const { scanner, reader } = anyScanner()
  reader.begin(format)
  for (let start = 0; start < lines.length; start = scanner.next) {
    if (scanner.scan(lines, start, lines.length) === 0) return scanner.timeMs
  }
  return undefined
}

/** The greatest event time of the lines. @param head lines that stand before them in their file, and may say how they are read */
export const greatestTimeMs = (
  lines: Uint8Array,
  format = "",
  head: Uint8Array = new Uint8Array(0)
): number | undefined => {
  const { scanner, reader } = anyScanner()
  reader.begin(format)
  for (let start = 0; start < head.length; start = scanner.next) scanner.scan(head, start, head.length)
  let greatest: number | undefined
  for (let start = 0; start < lines.length; start = scanner.next) {
    if (scanner.scan(lines, start, lines.length) === 0 && !(scanner.timeMs <= greatest!)) greatest = scanner.timeMs
  }
  return greatest
}
