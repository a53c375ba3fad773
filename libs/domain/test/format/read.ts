import {
  type AutoReader,
  defaultReading,
  type FormatSpec,
  type LineReading,
  LineScanner,
  limits,
  readerFor,
  reasonOf
} from "../../src/index.ts"
import { bytesOf, textOf } from "../support/lines.ts"

/** What a line says; `client` is empty where nobody is known, `url` undefined where there is none. */
export interface Read {
  readonly client: string
  readonly time: string
  readonly status: number
  readonly url: string | undefined
}

export interface ReadLines {
  readonly lines: ReadonlyArray<Read | string>
  readonly formats: ReadonlyArray<FormatSpec>
}

/** Reads a text as a file of its own: what each line says, or why it is rejected. Lines that only name columns or begin others are left out. */
export const readText = (text: string, reading: LineReading = defaultReading): ReadLines => {
  const reader = readerFor(reading) as AutoReader
  const scanner = new LineScanner("path", limits.lineBytes, 7, reader)
  const bytes = bytesOf(text)
  const lines: Array<Read | string> = []
  for (let at = 0; at < bytes.length; at = scanner.next) {
    const code = scanner.scan(bytes, at, bytes.length)
    if (scanner.next <= at) throw new Error(`no progress at ${at}`)
    if (code === 255) continue
    if (code !== 0) {
      lines.push(reasonOf(code))
      continue
    }
    const { text: from } = scanner
    lines.push({
      client: textOf(from.subarray(scanner.clientStart, scanner.clientEnd)),
      time: new Date(scanner.timeMs).toISOString(),
      status: scanner.status,
      url: scanner.urlStart < 0 ? undefined : textOf(from.subarray(scanner.urlStart, scanner.urlEnd))
    })
  }
  return { lines, formats: reader.recognised }
}

export const readLine = (line: string, reading?: LineReading): Read | string => readText(line, reading).lines[0]!
