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
