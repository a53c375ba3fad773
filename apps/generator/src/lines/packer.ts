/** Some whole lines of an input, as they go into one message of LOGS. */
export interface PackedLines {
  /** LF between the lines; none behind the last one, unless that is empty. */
  readonly payload: Uint8Array
  readonly lines: number
  /** Where the first of them begins in the input, in bytes. */
  readonly startOffset: number
  /** Where the input goes on behind the last one. */
  readonly endOffset: number
  /** The number of the last one in the input, from 1. */
  readonly endLine: number
  /** Bytes of its only line that were left out, because it was longer than a message may be. */
  readonly cutBytes: number
}

export interface PackerLimits {
  readonly linesAMessage: number
  /** A message is closed before it grows beyond this; a single longer line is a message of its own. */
  readonly bytesAMessage: number
  /** A longer line is cut here. */
  readonly mostBytesALine: number
}

/** The server takes 1 MiB a message by default, headers included. */
export const packerLimits: PackerLimits = {
  linesAMessage: 500,
  bytesAMessage: 128 * 1024,
  mostBytesALine: 1024 * 1024 - 4096
}

const LF = 10

/**
 * Cuts an input into messages at line ends, without a string or a copy a line. Where it cuts follows from the bytes alone (unless
 * `flush` is called), not from how they arrive: run again from the end of any message, it makes the same messages.
 */
export class LinePacker {
  readonly #limits: PackerLimits
  readonly #take: (packed: PackedLines) => void
  /** What is not in a message yet: whole lines, and the beginning of the next one. */
  #bytes: Buffer = Buffer.alloc(0)
  /** The whole lines in `#bytes`. */
  #lines = 0
  #linesEnd = 0
  /** Where `#bytes` begins in the input. */
  #offset: number
  /** The number of the last line before `#bytes`. */
  #line: number
  /** The first bytes of a line that is too long, and how many have been left out of it. */
  #cut: Buffer | undefined
  #cutBytes = 0

  /** @param take gets each message; its payload may share memory with the chunks */
  constructor(
    limits: PackerLimits,
    place: { readonly offset: number; readonly line: number },
    take: (packed: PackedLines) => void
  ) {
    this.#limits = limits
    this.#offset = place.offset
    this.#line = place.line
    this.#take = take
  }

  /** Whether whole lines are waiting for their message to be full. */
  get isWaiting(): boolean {
    return this.#lines > 0
  }

  /**
   * The next bytes of the input. They belong to the packer now.
   * @param roomBefore so many bytes before them, in their buffer, may be written to
   */
  push(chunk: Uint8Array, roomBefore = 0): void {
    const next = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let from = this.#bytes.length
    if (this.#cut !== undefined) {
      const end = next.indexOf(LF)
      this.#cutBytes += end < 0 ? next.length : end
      if (end < 0) return
      this.#emitCut(1)
      this.#bytes = next.subarray(end + 1)
      from = 0
    } else this.#bytes = joined(this.#bytes, next, roomBefore)
    this.#scan(from)
  }

  /** Makes a message of the whole lines that wait, though it is not full. */
  flush(): void {
    if (this.#lines > 0) this.#emit()
  }

  /** The input ends: what is left is its last line, though no LF stands behind it. */
  end(): void {
    this.flush()
    if (this.#cut !== undefined) this.#emitCut(0)
    else if (this.#bytes.length > 0) {
      this.#lines = 1
      this.#linesEnd = this.#bytes.length
      this.#emit()
    }
  }

  #scan(from: number): void {
    const { linesAMessage, bytesAMessage, mostBytesALine } = this.#limits
    let search = from
    for (;;) {
      const at = this.#bytes.indexOf(LF, search)
      if (at < 0) break
      const isTooLong = at - this.#linesEnd > mostBytesALine
      if (this.#lines > 0 && (isTooLong || at + 1 > bytesAMessage)) {
        const before = this.#linesEnd
        this.#emit()
        search = Math.max(0, search - before)
        continue
      }
      if (isTooLong) {
        this.#beginCut(at)
        this.#emitCut(1)
        this.#bytes = this.#bytes.subarray(at + 1)
        search = 0
        continue
      }
      this.#lines++
      this.#linesEnd = at + 1
      search = at + 1
      if (this.#lines === linesAMessage || this.#linesEnd >= bytesAMessage) {
        this.#emit()
        search = 0
      }
    }
    if (this.#bytes.length - this.#linesEnd <= mostBytesALine) return
    this.flush()
    this.#beginCut(this.#bytes.length)
    this.#bytes = Buffer.alloc(0)
  }

  /** The line at the beginning of `#bytes`, of which `end` bytes are here, is too long. */
  #beginCut(end: number): void {
    // A copy: the memory of the pieces that it came in may be used again before the line ends.
    this.#cut = Buffer.from(this.#bytes.subarray(0, this.#limits.mostBytesALine))
    this.#cutBytes = end - this.#cut.length
  }

  /** @param lineEnd 1 where an LF ends the line, 0 where the input does */
  #emitCut(lineEnd: number): void {
    const payload = this.#cut!
    const cutBytes = this.#cutBytes
    this.#cut = undefined
    const startOffset = this.#offset
    this.#offset += payload.length + cutBytes + lineEnd
    this.#line++
    this.#take({ payload, lines: 1, startOffset, endOffset: this.#offset, endLine: this.#line, cutBytes })
  }

  #emit(): void {
    const end = this.#linesEnd
    const whole = this.#bytes
    const lastIsEmpty = end === 1 || whole[end - 2] === LF
    // An empty payload would be punctuation, so an empty last line keeps its LF.
    const payload = whole.subarray(0, whole[end - 1] === LF && !lastIsEmpty ? end - 1 : end)
    const lines = this.#lines
    const startOffset = this.#offset
    this.#offset += end
    this.#line += lines
    this.#bytes = whole.subarray(end)
    this.#lines = 0
    this.#linesEnd = 0
    this.#take({ payload, lines, startOffset, endOffset: this.#offset, endLine: this.#line, cutBytes: 0 })
  }
}

/** `next` behind `left`. Where `left` fits into the room before `next`, it alone is copied. */
const joined = (left: Buffer, next: Buffer, roomBefore: number): Buffer => {
  if (left.length === 0) return next
  if (left.length > roomBefore) return Buffer.concat([left, next])
  const whole = Buffer.from(next.buffer, next.byteOffset - left.length, left.length + next.length)
  whole.set(left)
  return whole
}

/** The input's own bytes of a message: the inverse of what the packer left out at its end. */
export const linesOf = (payload: Uint8Array): Uint8Array =>
  payload.at(-1) === LF ? payload : Buffer.concat([payload, Buffer.from([LF])])

/** The first `lines` lines of a message, which end at `end` of its payload. */
export const firstLines = (whole: PackedLines, lines: number, end: number): PackedLines => {
  const text = whole.payload.subarray(0, end)
  const lastIsEmpty = end === 1 || text[end - 2] === LF
  return {
    ...whole,
    payload: lastIsEmpty ? text : text.subarray(0, end - 1),
    lines,
    endOffset: whole.startOffset + end,
    endLine: whole.endLine - whole.lines + lines
  }
}

/** What is left of a message behind its first `lines` lines, which end at `end` of its payload. */
export const linesBehind = (whole: PackedLines, lines: number, end: number): PackedLines => ({
  ...whole,
  payload: whole.payload.subarray(end),
  lines: whole.lines - lines,
  startOffset: whole.startOffset + end
})
