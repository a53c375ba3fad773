import { shipLimits } from "../ship/limits.ts"
import type { Entry, JournalPlace } from "./entry.ts"
import { journalLimits } from "./limits.ts"

interface Held {
  readonly line: Uint8Array
  readonly place: JournalPlace
}

/** Lines for one message of LOGS. */
export interface Batch {
  readonly payload: Uint8Array
  readonly lines: number
  /** Where the journal goes on behind it. */
  readonly place: JournalPlace
}

/** JSON is told from lines by a message's first byte, so the two do not stand in one. */
const isJson = (line: Uint8Array): boolean => line[0] === 0x7b || line[0] === 0x5b

/** Lines of a journal that are read and not sent yet, the oldest first. */
export class HeldLines {
  #held: Array<Held> = []
  #bytes = 0
  /** When the oldest line was read, by this process's clock. */
  #sinceMs: number | undefined

  get isEmpty(): boolean {
    return this.#held.length === 0
  }

  get sinceMs(): number | undefined {
    return this.#sinceMs
  }

  /** More is not to be read now. */
  get isFull(): boolean {
    return this.#bytes >= journalLimits.mostBytesAhead
  }

  /** Whether a whole message waits. */
  get hasMessage(): boolean {
    return this.#held.length >= shipLimits.linesAMessage || this.#bytes >= shipLimits.bytesAMessage
  }

  /** @param sent how many of the entry's lines were sent before */
  add(entry: Entry, sent: number, nowMs: number): void {
    for (const [i, line] of entry.lines.entries()) {
      if (i < sent) continue
      this.#held.push({ line, place: { cursor: entry.cursor, lines: i + 1 } })
      this.#bytes += line.length + journalLimits.bytesALineHeld
      this.#sinceMs ??= nowMs
    }
  }

  /** The lines of the next message, which stay until they are dropped; undefined where there are none. */
  peek(): Batch | undefined {
    const first = this.#held[0]
    if (first === undefined) return undefined
    let [count, bytes] = [0, 0]
    for (const { line } of this.#held) {
      const isOther = isJson(line) !== isJson(first.line)
      if (count > 0 && (isOther || bytes + line.length + 1 > shipLimits.bytesAMessage)) break
      bytes += line.length + 1
      count++
      if (count === shipLimits.linesAMessage) break
    }
    const payload = Buffer.alloc(bytes - 1, "\n")
    let at = 0
    for (const { line } of this.#held.slice(0, count)) {
      payload.set(line, at)
      at += line.length + 1
    }
    return { payload, lines: count, place: this.#held[count - 1]!.place }
  }

  drop(lines: number, nowMs: number): void {
    for (const { line } of this.#held.splice(0, lines)) this.#bytes -= line.length + journalLimits.bytesALineHeld
    this.#sinceMs = this.#held.length === 0 ? undefined : nowMs
  }
}
