import type { LogBatch } from "../detection/batch.ts"
import type { AutoReader } from "../format/auto.ts"
import type { LineReading } from "../format/line-reading.ts"
import { type Asked, readerFor } from "../format/reading.ts"
import { declaredFor, type SourceFormats } from "../format/source-formats.ts"
import { limits } from "../limits.ts"
import { ASIDE, LineScanner, type ScanCode } from "../line/line.ts"
import { mayBeJson, unwrapPayload } from "../line/payload.ts"

/** Where a line of LOGS stands. One object serves all lines. */
export class LinePlace {
  seq = 0
  storedMs = 0
  source = ""
  /** Its place in its message, from 1. */
  place = 0
  /** It begins here; the scanner says where it ends. */
  bytes: Uint8Array = new Uint8Array(0)
  start = 0
}

/** The lines of messages of LOGS, read as the detection reads them. */
export class BatchLines {
  readonly scanner: LineScanner
  readonly #reader: AutoReader | undefined
  readonly #formats: SourceFormats | undefined
  readonly #place = new LinePlace()

  constructor(reading: LineReading | undefined, urlKey: "path" | "target", hashSeed: number, asked: Asked) {
    this.#reader = readerFor(reading, asked)
    this.#formats = reading?.formats
    this.scanner = new LineScanner(urlKey, limits.lineBytes, hashSeed, this.#reader, asked.keys)
  }

  /** Visits each line while the scanner stands at it. */
  read(batch: LogBatch, visit: (code: ScanCode, place: LinePlace) => void): void {
    let [declared, format] = [0, ""]
    const place = this.#place
    for (let i = 0; i < batch.messages; i++) {
      const [start, end] = [batch.offsets[i]!, batch.offsets[i + 1]!]
      place.source = batch.sources[batch.sourceOf[i]!]!
      place.seq = batch.seqs[i]!
      place.storedMs = batch.storedMs[i]!
      if (declared < batch.formats.length && batch.formats[declared]![0] === i) format = batch.formats[declared++]![1]
      this.#reader?.begin(declaredFor(this.#formats, place.source, format))
      const json =
        mayBeJson(batch.bytes, start, end) && !this.#isLine(batch.bytes, start, end)
          ? unwrapPayload(batch.bytes.subarray(start, end))
          : undefined
      if (json !== undefined) this.#lines(json, 0, json.length, visit)
      else this.#lines(batch.bytes, start, end, visit)
    }
  }

  /** As in the fold: a message that begins with a line is lines, even if that is JSON. */
  #isLine(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#reader === undefined) return false
    const code = this.scanner.scan(bytes, start, end)
    const isInsideJson = this.#reader.format.wrappers.some(({ kind }) => kind === "json")
    return (code === 0 || code === ASIDE) && !isInsideJson
  }

  #lines(bytes: Uint8Array, start: number, end: number, visit: (code: ScanCode, place: LinePlace) => void): void {
    const { scanner } = this
    const place = this.#place
    place.place = 0
    place.bytes = bytes
    for (let at = start; at < end; at = scanner.next) {
      place.place++
      place.start = at
      visit(scanner.scan(bytes, at, end), place)
    }
  }
}
