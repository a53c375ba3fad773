import type { LogBatch } from "../detection/batch.ts"
import { type Dimension, dimensions } from "../dimension.ts"
import { ERROR } from "../statuses.ts"
import { parseWindowName } from "../time.ts"
import { keyToken } from "../wire/alert.ts"
import type { Rules } from "../wire/record.ts"
import { type DecidedWindow, type SpanLine, SpanReader } from "./span-reader.ts"

/** What an alert's id says: which window, and of it all or the key with this token. */
export interface AlertName {
  readonly dimension: Dimension
  readonly startMs: number
  readonly windowMs: number
  readonly token: string | undefined
}

const idForm = new RegExp(`^(${dimensions.join("|")})\\.(.+?Z-\\d+m?s)(?:\\.([0-9a-f]{16}))?$`)

/** The inverse of `alertId`; undefined where the text is none. */
export const parseAlertId = (id: string): AlertName | undefined => {
  const m = idForm.exec(id)
  if (m === null || (m[1] === "global") !== (m[3] === undefined)) return undefined
  const window = parseWindowName(m[2]!)
  return window === undefined ? undefined : { dimension: m[1] as Dimension, ...window, token: m[3] }
}

/** A line behind an alert, as it was logged. Its bytes hold until the callback that gets it returns: whoever keeps it copies them. */
export interface PaneLine {
  readonly seq: number
  readonly line: number
  readonly source: string
  readonly timeMs: number
  readonly status: number
  readonly error: boolean
  readonly bytes: Uint8Array
}

export interface LineCounts {
  total: number
  errors: number
}

/** How many keys' answers are kept before they are forgotten: most lines of a window share few keys. */
const knownKeys = 50_000

/** Reads the bytes of a key as a string, one character a byte: equal strings are equal keys. */
const latin1 = (bytes: Uint8Array, start: number, end: number): string => {
  let text = ""
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!)
  return text
}

/**
 * Explains an alert by the lines behind it: which lines of LOGS its pane holds, and how the same key fared in the windows
 * around it. Keys are compared by their token, so that a text that was cut or escaped changes nothing.
 */
export class Explainer {
  /** Counts of the key by the start of the window; only windows that were asked for. */
  readonly course = new Map<number, LineCounts>()
  readonly #name: AlertName
  readonly #reader: SpanReader
  readonly #isKey = new Map<string, boolean>()

  /** @param windows the alert's window and the neighbours of which the counts are wanted */
  constructor(name: AlertName, windows: ReadonlyArray<DecidedWindow>, rules: Rules) {
    this.#name = name
    this.#reader = new SpanReader(windows, name.windowMs, rules)
    for (const window of windows) this.course.set(window.startMs, { total: 0, errors: 0 })
  }

  /** Counts of the alert's own pane so far; in the end they are the alert's, or LOGS no longer holds all of it. */
  get counts(): LineCounts {
    return this.course.get(this.#name.startMs) ?? { total: 0, errors: 0 }
  }

  /** Takes in messages of LOGS and hands on each line of the alert's own pane, in their order. */
  read(batch: LogBatch, onLine: (line: PaneLine) => void): void {
    this.#reader.read(batch, (line) => {
      if (!this.#belongs(line)) return
      const counts = this.course.get(line.windowStartMs)!
      counts.total++
      const isError = this.#isError(line)
      if (isError) counts.errors++
      if (line.windowStartMs !== this.#name.startMs) return
      onLine({
        seq: line.seq,
        line: line.line,
        source: line.source,
        timeMs: line.timeMs,
        status: line.status,
        error: isError,
        bytes: line.bytes.subarray(line.start, line.end)
      })
    })
  }

  #isError(line: SpanLine): boolean {
    const { dimension } = this.#name
    if (dimension === "global") return line.isError
    const key = line.keys[dimension]
    return key !== undefined && (line.markOf(key) & ERROR) === ERROR
  }

  #belongs(line: SpanLine): boolean {
    const { dimension } = this.#name
    if (dimension === "global") return true
    const key = line.keys[dimension]
    return key !== undefined && key.start >= 0 && this.#matches(key.bytes, key.start, key.end)
  }

  #matches(bytes: Uint8Array, start: number, end: number): boolean {
    const text = latin1(bytes, start, end)
    let answer = this.#isKey.get(text)
    if (answer === undefined) {
      answer = keyToken(bytes.subarray(start, end)) === this.#name.token
      if (this.#isKey.size >= knownKeys) this.#isKey.clear()
      this.#isKey.set(text, answer)
    }
    return answer
  }
}
