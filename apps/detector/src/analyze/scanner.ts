import type { ScannedLines } from "@chaussettes/domain"
import { offload } from "@chaussettes/service/offload"
import { Effect, type Scope } from "effect"
import { memoryOfScanned, type ScanOptions, ScanSteps } from "./scan-steps.ts"

/** Scans lines in a thread of its own, while this one reads and folds. */
export interface Scanner {
  /** Whole lines, which are copied: a copy of them comes back with what was found. `begins` says that their file does. */
  readonly scan: (lines: Uint8Array, begins: boolean) => Promise<ScannedLines>
  /** What was found is not needed any more: its memory may be used again. */
  readonly release: (found: ScannedLines) => void
}

const { open } = offload(
  { start: (options: ScanOptions) => new ScanSteps(options), name: "scan", source: import.meta.url },
  "thread"
)

export const openScanner = (options: ScanOptions): Effect.Effect<Scanner, never, Scope.Scope> =>
  Effect.map(open(options), (thread) => {
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
        const found = Effect.runPromise(thread.ask("scan", { bytes, length: lines.length, begins, used }, memory))
        // Who waits for it hears of it.
        found.catch(() => {})
        return found
      },
      release: (found) => {
        free.push(found)
      }
    }
  })
