import { columnsDeclared, limits } from "@chaussettes/domain"

/*
 * A file whose columns are named in a line of it (`#Fields: …`, or a first line of CSV) is cut into many messages, and each is read on its own. So each
 * says in its header how the columns are named where it begins.
 */

const directive = Buffer.from("#Fields:")
const LF = 10

/** What names the columns of the lines that come, as far as the lines so far say it. */
export class ColumnNames {
  #names: string | undefined

  /** Another file begins. */
  forget(): void {
    this.#names = undefined
  }

  /** What the next message has to declare; undefined where nothing has named columns. */
  get declared(): string | undefined {
    return this.#names
  }

  /** Lines that were sent, or stand before those that will be. @param isFirst whether the file begins with them */
  saw(lines: Uint8Array, isFirst: boolean): void {
    const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength)
    if (isFirst) this.#see(bytes, bytes[0] === 0xef && bytes[1] === 0xbb ? 3 : 0)
    for (let at = bytes.indexOf(directive); at >= 0; at = bytes.indexOf(directive, at + 1)) {
      if (at === 0 || bytes[at - 1] === LF) this.#see(bytes, at)
    }
  }

  #see(bytes: Buffer, at: number): void {
    const stop = bytes.indexOf(LF, at)
    const line = bytes
      .toString("latin1", at, Math.min(stop < 0 ? bytes.length : stop, at + limits.formatChars + 1))
      .trimEnd()
    if (line.length <= limits.formatChars && columnsDeclared(line) !== undefined) this.#names = line
  }
}
