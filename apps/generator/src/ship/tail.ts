import type { Input } from "@chaussettes/service"
import { ColumnNames } from "../lines/columns.ts"
import { LinePacker, type PackedLines } from "../lines/packer.ts"
import { beforeIn, type Content, inputOf, markIn, readerOf } from "./content.ts"
import { shipLimits } from "./limits.ts"
import { advanced, type Mark, telling } from "./mark.ts"
import type { Member } from "./members.ts"

/** So many bytes before each piece are read again: where they have changed, the file was cut and written anew. */
const overlapBytes = 64

/** Room for what is left of the piece before, so that the two are joined without copying the larger; the overlap is read into it first. */
const largeRoom = shipLimits.bytesAMessage
const largeBytes = largeRoom + shipLimits.readBytes

export type Read =
  /** `isMore`: there may be more to read at once. */
  | { readonly _tag: "Bytes"; readonly isMore: boolean }
  | { readonly _tag: "AtEnd" }
  /** The file was cut (copytruncate): what it holds now are other lines. */
  | { readonly _tag: "Cut" }

const limits = {
  linesAMessage: shipLimits.linesAMessage,
  bytesAMessage: shipLimits.bytesAMessage,
  mostBytesALine: shipLimits.mostBytesALine
}

/**
 * A file on its way into LOGS: what was sent of it (`sent`), what was read and waits, and what is still to be read. It is known by its
 * content; the file itself may be renamed, cut, packed or removed meanwhile.
 */
export class Tail {
  /** Up to where it is stored in LOGS. */
  sent: Mark
  /** The file's last change as it was before `sent` was read, in whole seconds. */
  modifiedS: number
  /** The inode of the open file; undefined once its lines can only be found elsewhere. */
  inode: string | undefined
  path: string
  /** It does not have the log's own name any more: another file takes, or took, its place. */
  isRotated: boolean
  /** Its last line was taken, though no LF may stand behind it: nothing more is expected. */
  isEnded = false
  /** When something was last read from it, by this process's clock. */
  quietSinceMs: number
  /** When the oldest line that waits was read. */
  waitingSinceMs: number | undefined
  /** How the file was when it was closed, as `shapeOf` tells it. */
  closedAs = ""
  /** Bytes behind what was read, as far as the last look knows. */
  unreadBytes = 0
  /** What names the columns of the lines that wait, once `learnColumns` has looked. */
  readonly columns = new ColumnNames()

  readonly #packer: LinePacker
  readonly #ready: Array<PackedLines> = []
  #knowsColumns = false
  #read: Mark
  #readModifiedS: number
  #lookedMs = 0
  #large: Array<{ readonly buffer: Buffer; readonly end: number }> = []
  #content: Content | undefined
  #input: Input | undefined

  #firstBytes: Uint8Array

  /**
   * @param head the file's first bytes, as far as they are known beyond `mark`
   * @param content the file itself, which is the tail's to close
   */
  constructor(member: Member, mark: Mark, nowMs: number, head: Uint8Array, content: Content) {
    this.#firstBytes = head
    this.path = member.path
    this.inode = member.inode
    this.isRotated = !member.isNewest
    this.#content = content
    this.sent = mark
    this.#read = mark
    this.modifiedS = Math.floor(member.modifiedMs / 1000)
    this.#readModifiedS = this.modifiedS
    this.quietSinceMs = nowMs
    // How much a packed file holds is known at its end.
    this.unreadBytes = member.packing === "plain" ? Math.max(0, member.size - mark.offset) : 1
    this.#packer = new LinePacker(limits, { offset: mark.offset, line: 0 }, (packed) => this.#ready.push(packed))
  }

  /** The file's first bytes. */
  get head(): Uint8Array {
    return this.#read.head.length > this.#firstBytes.length ? this.#read.head : this.#firstBytes
  }

  get isOpen(): boolean {
    return this.#content !== undefined
  }

  /** When the file was last changed as of the last look at it, ms. */
  get lookedMs(): number {
    return this.#lookedMs
  }

  /** Up to where it was read. */
  get read(): Mark {
    return this.#read
  }

  /** Bytes that were read and are not sent. */
  get heldBytes(): number {
    return this.#read.offset - this.sent.offset
  }

  /** Bytes that are not sent. */
  get lagBytes(): number {
    return this.heldBytes + this.unreadBytes
  }

  /** For how long the oldest of them has waited. */
  lagMs(nowMs: number): number {
    if (this.lagBytes === 0) return 0
    return Math.max(0, nowMs - (this.waitingSinceMs ?? this.quietSinceMs))
  }

  /** Its size as a look at the folder shows it. */
  seen(size: number): void {
    this.unreadBytes = Math.max(0, size - this.#read.offset)
  }

  /** Whether more stands in it than was read, whatever the last look saw. */
  async hasGrown(): Promise<boolean> {
    if (this.isEnded || this.#content?.packing !== "plain") return false
    return (await this.#content.handle.stat()).size !== this.#read.offset
  }

  /**
   * Whether its file does not hold what was read of it: one that was cut, and written since, is another file with its inode. What else it
   * begins with is kept, since the part of a line that was read may be any file's.
   */
  async isCut(): Promise<boolean> {
    if (this.#content === undefined || this.#content.packing !== "plain") return false
    const read = readerOf(this.#content.handle)
    const { offset, tail } = this.#read
    const first = await read(0, telling)
    const before = await read(offset - tail.length, tail.length)
    const head = first.subarray(0, this.head.length)
    if (Buffer.compare(head, this.head) !== 0 || Buffer.compare(before, tail) !== 0) return true
    this.#firstBytes = first
    return false
  }

  /** Reads the next piece. Never twice at the same time. */
  async readOn(nowMs: number, mostBytes: number): Promise<Read> {
    if (this.isEnded || this.#content === undefined) return { _tag: "AtEnd" }
    if (this.#content.packing !== "plain") {
      this.#input ??= await inputOf(this.#content, this.#read.offset)
      const bytes = await this.#input.next()
      if (bytes === undefined) {
        this.end()
        return { _tag: "AtEnd" }
      }
      this.#take(bytes, nowMs)
      return { _tag: "Bytes", isMore: true }
    }
    const { handle } = this.#content
    const { offset, tail } = this.#read
    const overlap = Math.min(overlapBytes, tail.length)
    const { size, mtimeMs } = await handle.stat()
    this.unreadBytes = Math.max(0, size - offset)
    // Cut before it was read for the first time it is another file, too.
    if (size < Math.max(offset, this.#firstBytes.length)) return { _tag: "Cut" }
    if (size === offset && mtimeMs === this.#lookedMs) return { _tag: "AtEnd" }
    this.#lookedMs = mtimeMs
    const wanted = Math.min(mostBytes, size - offset)
    const isLarge = wanted > shipLimits.bytesAMessage / 2
    const room = isLarge ? largeRoom : overlap
    const buffer = isLarge ? this.#largeBuffer() : Buffer.allocUnsafe(room + wanted)
    const from = room - overlap
    const { bytesRead } = await handle.read(buffer, from, overlap + wanted, offset - overlap)
    if (bytesRead < overlap || buffer.compare(tail, tail.length - overlap, tail.length, from, room) !== 0) {
      return { _tag: "Cut" }
    }
    // Only now: the time of a cut is not one of the lines before it, and their copy may be older than the cut.
    this.#readModifiedS = Math.floor(mtimeMs / 1000)
    if (bytesRead === overlap) return { _tag: "AtEnd" }
    const foretold = this.#firstBytes.subarray(offset, offset + bytesRead - overlap)
    if (!buffer.subarray(room, room + foretold.length).equals(foretold)) return { _tag: "Cut" }
    this.unreadBytes = Math.max(0, size - offset - (bytesRead - overlap))
    this.#take(buffer.subarray(room, from + bytesRead), nowMs, room)
    if (isLarge) this.#large.push({ buffer, end: this.#read.offset })
    return { _tag: "Bytes", isMore: bytesRead === overlap + wanted && this.unreadBytes > 0 }
  }

  /** One that is large is used again once all that was read into it is stored: new memory for each would cost more than sending it. */
  #largeBuffer(): Buffer {
    const free = this.#large.findIndex(({ end }) => end <= this.sent.offset)
    return free < 0 ? Buffer.allocUnsafeSlow(largeBytes) : this.#large.splice(free, 1)[0]!.buffer
  }

  #take(bytes: Uint8Array, nowMs: number, room = 0): void {
    this.quietSinceMs = nowMs
    this.#read = advanced(this.#read, bytes)
    this.#packer.push(bytes, room)
    if (this.hasLines) this.waitingSinceMs ??= nowMs
  }

  /** Nothing more is expected: a last line without an LF is one, too. */
  end(): void {
    if (this.isEnded) return
    this.isEnded = true
    this.unreadBytes = 0
    this.#packer.end()
    if (this.hasLines) this.waitingSinceMs ??= this.quietSinceMs
  }

  /** Whether whole lines wait to be sent. */
  get hasLines(): boolean {
    return this.#ready.length > 0 || this.#packer.isWaiting
  }

  /** Of a file whose beginning an earlier life has sent: how its columns are named. Before anything is taken. */
  async learnColumns(): Promise<void> {
    if (this.#knowsColumns) return
    this.#knowsColumns = true
    if (this.sent.offset === 0 || this.#content === undefined) return
    const before = await beforeIn(this.#content, this.sent.offset).catch(() => [])
    for (const [i, lines] of before.entries()) this.columns.saw(lines, i === 0)
  }

  /** Lines that fill a message, or the first of them that wait. */
  peek(): PackedLines | undefined {
    if (this.#ready.length === 0) this.#packer.flush()
    return this.#ready[0]
  }

  /** Whether a whole message waits, so that nothing is won by waiting for more. */
  get isFull(): boolean {
    return this.#ready.length > 0
  }

  /** Takes what `peek` showed; `left` of it stays. */
  take(left: PackedLines | undefined, nowMs: number): void {
    if (left === undefined) this.#ready.shift()
    else this.#ready[0] = left
    this.waitingSinceMs = this.hasLines ? nowMs : undefined
  }

  /** Where the file goes on behind these lines, which stand at `mark`. */
  async behind(mark: Mark, packed: PackedLines): Promise<Mark> {
    const { payload, startOffset, endOffset, cutBytes } = packed
    if (cutBytes === 0) {
      const next = advanced(mark, payload)
      return endOffset - startOffset > payload.length ? advanced(next, lineFeed) : next
    }
    // What was cut off is not here any more, and only the file knows what stands before the place.
    const whole = this.#content && (await markIn(this.#content, endOffset))
    return whole ?? { ...advanced(mark, payload), offset: endOffset }
  }

  /** Up to there it is stored. */
  commit(mark: Mark): void {
    this.sent = mark
    this.modifiedS = Math.max(this.modifiedS, this.#readModifiedS)
  }

  /** Its lines go on in another file, which holds a copy of it. */
  async goOnIn(member: Member, content: Content): Promise<void> {
    await this.close()
    this.path = member.path
    this.inode = member.inode
    this.isRotated = !member.isNewest
    this.#content = content
    this.unreadBytes = member.packing === "plain" ? Math.max(0, member.size - this.#read.offset) : 1
  }

  async close(): Promise<void> {
    const [content, input] = [this.#content, this.#input]
    this.#content = undefined
    this.#input = undefined
    this.#large = []
    await input?.close().catch(() => {})
    const stats = await content?.handle.stat().catch(() => undefined)
    this.closedAs = stats === undefined ? "" : `${stats.size} ${stats.mtimeMs}`
    await content?.handle.close().catch(() => {})
  }
}

const lineFeed = Uint8Array.of(10)
