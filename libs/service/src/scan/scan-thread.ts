import { Worker } from "node:worker_threads"
import { memoryOf, type ScanAnswer, type ScanRequest } from "./scan-messages.ts"

/** Scans lines in a thread of its own, while this one reads and folds. */
export interface ScanThread {
  /** Whole lines, which are copied: a copy of them comes back with what was found. `begins` says that their file does. */
  readonly scan: (lines: Uint8Array, begins: boolean) => Promise<ScanAnswer>
  /** An answer is not needed any more: its memory may be used again. */
  readonly release: (answer: ScanAnswer) => void
  /** What the thread's program has to say behind all pieces, where it has something. */
  readonly finish: () => Promise<unknown>
  readonly close: () => Promise<unknown>
}

/** What asks the program of the thread for what it has to say at the end. */
export const finished = "finished"

/**
 * The thread begins with the first call.
 * @param program answers each `ScanRequest` with a `ScanAnswer`, in their order
 */
export const openScanThread = (program: URL, options: unknown): ScanThread => {
  let worker: Worker | undefined
  let waiting: Array<PromiseWithResolvers<unknown>> = []
  const free: Array<ScanAnswer> = []
  const begin = (): Worker => {
    const begun = new Worker(program, { workerData: options, name: "scan" })
    const fail = (why: unknown) => {
      for (const { reject } of waiting) reject(why)
      waiting = []
    }
    begun.on("message", (answer: unknown) => waiting.shift()?.resolve(answer))
    begun.on("error", fail)
    begun.on("exit", (code) => fail(new Error(`the thread that scans ended with ${code}`)))
    return begun
  }
  const ask = <Answer>(request: ScanRequest | typeof finished, memory: Array<ArrayBuffer>): Promise<Answer> => {
    worker ??= begin()
    const answer = Promise.withResolvers<unknown>()
    // Who waits for it hears of it.
    answer.promise.catch(() => {})
    waiting.push(answer)
    worker.postMessage(request, memory)
    return answer.promise as Promise<Answer>
  }
  return {
    scan: (lines, begins) => {
      const spare = free.pop()
      const large = spare !== undefined && spare.bytes.length >= lines.length * 2
      // Twice as large, for what is unpacked from the lines.
      const bytes = large ? spare.bytes : new Uint8Array(lines.length * 2)
      bytes.set(lines)
      return ask({ bytes, length: lines.length, begins, used: spare?.lines }, memoryOf(bytes, spare?.lines))
    },
    release: (answer) => {
      free.push(answer)
    },
    finish: () => ask(finished, []),
    close: async () => worker?.terminate()
  }
}
