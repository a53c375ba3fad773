import { LineScanner, limits, type RejectReason, reasonOf } from "@chaussettes/domain"
import { formName, formOf } from "./format.ts"
import { visible } from "./visible.ts"

/** A line that does not parse. */
export interface Example {
  readonly file: string
  /** From 1 in its file. */
  readonly line: number
  readonly text: string
}

export interface Rejected {
  lines: number
  readonly examples: Array<Example>
}

const exampleChars = 200

/** Which lines parse as what, and why others do not. */
export class ParseTally {
  lines = 0
  parsed = 0
  readonly formats = new Map<string, number>()
  readonly rejected = new Map<RejectReason, Rejected>()
  readonly #scanner = new LineScanner("path", limits.lineBytes, 0)
  readonly #examples: number

  /** @param examples how many lines are kept a reason */
  constructor(examples: number) {
    this.#examples = examples
  }

  /** Takes lines of a file, of which the first has the number `firstLine`. Answers how many they are. */
  add(bytes: Uint8Array, start: number, end: number, file: string, firstLine: number): number {
    const scanner = this.#scanner
    let line = firstLine
    for (let at = start; at < end; at = scanner.next) {
      const scan = scanner.scan(bytes, at, end)
      if (scan === 0) {
        const name = formName(formOf(bytes, at, scanner))
        this.formats.set(name, (this.formats.get(name) ?? 0) + 1)
        this.parsed++
      } else this.#reject(reasonOf(scan), bytes.subarray(at, scanner.lineEnd), file, line)
      line++
    }
    this.lines += line - firstLine
    return line - firstLine
  }

  #reject(reason: RejectReason, bytes: Uint8Array, file: string, line: number): void {
    let rejected = this.rejected.get(reason)
    if (rejected === undefined) {
      rejected = { lines: 0, examples: [] }
      this.rejected.set(reason, rejected)
    }
    rejected.lines++
    if (rejected.examples.length < this.#examples) {
      rejected.examples.push({ file, line, text: visible(bytes, exampleChars) })
    }
  }
}
