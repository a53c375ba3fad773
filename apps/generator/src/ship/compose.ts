import { LineScanner } from "@chaussettes/domain"
import { firstLines, linesBehind, linesOf, type PackedLines } from "../lines/packer.ts"
import { markOf, sendableOf } from "./followed.ts"
import type { Follower } from "./follower.ts"
import { shipLimits } from "./limits.ts"
import type { Mark } from "./mark.ts"
import type { Tail } from "./tail.ts"

/** Lines of one source or more files, as they go into one message. */
export interface Composed {
  readonly payload: Uint8Array
  readonly lines: number
  /** How the columns of the lines are named, where a file has named them before. */
  readonly format: string | undefined
  /** Where the files go on behind it. */
  readonly marks: ReadonlyMap<Tail, Mark>
}

const scanner = new LineScanner("path", Number.MAX_SAFE_INTEGER, 0)

/** Event time of the line that begins at `at`; one without a time goes with what is before it. */
const timeAt = (payload: Uint8Array, at: number): number =>
  scanner.scan(payload, at, payload.length) === 0 ? scanner.timeMs : Number.NEGATIVE_INFINITY

/** The lines of which no later one is before `limitMs` elsewhere: one at least. */
const through = (packed: PackedLines, limitMs: number): { readonly lines: number; readonly end: number } => {
  let [at, lines] = [0, 0]
  while (at < packed.payload.length && (lines === 0 || timeAt(packed.payload, at) <= limitMs)) {
    if (lines === 0) timeAt(packed.payload, at)
    at = scanner.next
    lines++
  }
  return { lines, end: at }
}

/** JSON is told from lines by a message's first byte, so the two do not stand in one. */
const isJson = ({ payload }: PackedLines): boolean => payload[0] === 0x7b || payload[0] === 0x5b

/** Of a log whose lines wait: the oldest of its files that is not sent to its end. Nothing newer goes before it. */
const headOf = (tails: ReadonlyArray<Tail>): Tail | undefined => {
  for (const tail of tails) {
    if (tail.hasLines) return tail
    if (tail.isOpen && !tail.isEnded && tail.unreadBytes > 0) return undefined
  }
  return undefined
}

/**
 * Takes the lines for the next message. Of several logs those of the earliest time go first, line by line, so that what is behind in
 * all of them comes into LOGS in the order of time, as one source's lines should.
 *
 * @param sending where the files go on behind the message that is under way, where one is
 */
export const compose = async (
  follower: Follower,
  nowMs: number,
  sending: Composed["marks"] = new Map()
): Promise<Composed | undefined> => {
  const parts: Array<PackedLines> = []
  const marks = new Map<Tail, Mark>()
  let format: string | undefined
  let namedSoFar: string | undefined
  let [bytes, lines] = [0, 0]
  const logs = follower.logs.map((log) => sendableOf(log))
  const heads = new Map<number, { tail: Tail; packed: PackedLines; timeMs: number }>()
  const refill = (i: number) => {
    const tail = headOf(logs[i]!)
    const packed = tail?.peek()
    if (tail === undefined || packed === undefined) heads.delete(i)
    else heads.set(i, { tail, packed, timeMs: logs.length === 1 ? 0 : timeAt(packed.payload, 0) })
  }
  for (const i of logs.keys()) refill(i)
  while (heads.size > 0) {
    let [first, second] = [-1, Number.POSITIVE_INFINITY]
    for (const [i, { timeMs }] of heads) {
      if (first < 0 || timeMs < heads.get(first)!.timeMs) {
        if (first >= 0) second = Math.min(second, heads.get(first)!.timeMs)
        first = i
      } else second = Math.min(second, timeMs)
    }
    const { tail, packed } = heads.get(first)!
    const cut = heads.size === 1 ? { lines: packed.lines, end: packed.payload.length } : through(packed, second)
    const isWhole = cut.lines >= packed.lines || cut.end >= packed.payload.length
    const part = isWhole ? packed : firstLines(packed, cut.lines, cut.end)
    const isFull =
      bytes + part.payload.length + 1 > shipLimits.bytesAMessage || lines + part.lines > shipLimits.linesAMessage
    await tail.learnColumns()
    const { declared } = tail.columns
    // A message declares the columns of its first lines; those of other columns are another message's.
    if (parts.length > 0 && (isFull || isJson(part) !== isJson(parts[0]!) || declared !== namedSoFar)) break
    if (parts.length === 0) format = declared
    tail.columns.saw(part.payload, part.startOffset === 0)
    namedSoFar = tail.columns.declared
    tail.take(isWhole ? undefined : linesBehind(packed, cut.lines, cut.end), nowMs)
    parts.push(part)
    bytes += part.payload.length + 1
    lines += part.lines
    marks.set(tail, await tail.behind(marks.get(tail) ?? markOf(tail, sending), part))
    // What would not fit is better left to grow into a message of its own.
    if (bytes > shipLimits.bytesAMessage / 2) break
    refill(first)
  }
  const last = parts.at(-1)
  if (last === undefined) return undefined
  const payload =
    parts.length === 1
      ? last.payload
      : Buffer.concat([...parts.slice(0, -1).map((part) => linesOf(part.payload)), last.payload])
  return { payload, lines, format, marks }
}
