import { availableParallelism } from "node:os"
import type { ScannedLines } from "@chaussettes/domain"
import { Effect } from "effect"
import type { OffloadFailed } from "../offload/offload.ts"
import { memoryOfScanned, type Piece } from "./scan-steps.ts"

/** A thread that scans does not pay for a file that is smaller. */
const threadedFromBytes = 1024 * 1024

/** Whether a thread that scans pays for so many bytes; 0 where it is not known how many come, as of standard input. */
export const paysThread = (bytes: number): boolean =>
  availableParallelism() > 1 && (bytes === 0 || bytes >= threadedFromBytes)

/** Pieces of a file that are scanned or wait to be folded. */
export const piecesAhead = 8

/** Scans lines in a thread of its own, while this one reads and folds. */
export interface Scanner {
  /** Whole lines, which are copied: a copy of them comes back with what was found. `begins` says that their file does. */
  readonly scan: (lines: Uint8Array, begins: boolean) => Promise<ScannedLines>
  /** What was found is not needed any more: its memory may be used again. */
  readonly release: (found: ScannedLines) => void
}

/** A task under way whose steps scan, perhaps among others. */
interface Scanning {
  readonly ask: (
    method: "scan",
    piece: Piece,
    memory: ReadonlyArray<ArrayBuffer>
  ) => Effect.Effect<ScannedLines, OffloadFailed>
}

export const scannerOf = (task: Scanning): Scanner => {
  const free: Array<ScannedLines> = []
  return {
    scan: (lines, begins) => {
      const spare = free.pop()
      const isLarge = spare !== undefined && spare.bytes.length >= lines.length * 2
      // Twice as large, for what is unpacked from the lines.
      const bytes = isLarge ? spare.bytes : new Uint8Array(lines.length * 2)
      bytes.set(lines)
      const used = spare && { ...spare, bytes }
      const memory = used === undefined ? [bytes.buffer as ArrayBuffer] : memoryOfScanned(used)
      const found = Effect.runPromise(task.ask("scan", { bytes, length: lines.length, begins, used }, memory))
      // Who waits for it hears of it.
      found.catch(() => {})
      return found
    },
    release: (found) => {
      free.push(found)
    }
  }
}
