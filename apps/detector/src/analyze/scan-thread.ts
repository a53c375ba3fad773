import { Worker } from "node:worker_threads"
import { workerBeside } from "../fold/thread.ts"
import { type Answer, memoryOf, type Request, type ScanOptions } from "./scan-messages.ts"

/** Scans lines in a thread of its own, while this one reads and folds. */
export interface ScanThread {
  /** Whole lines, which are copied: a copy of them comes back with what was found. `begins` says that their file does. */
  readonly scan: (lines: Uint8Array, begins: boolean) => Promise<Answer>
  /** An answer is not needed any more: its memory may be used again. */
  readonly release: (answer: Answer) => void
  readonly close: () => Promise<unknown>
}

/** The thread begins with the first call. */
export const openScanThread = (options: ScanOptions): ScanThread => {
  let worker: Worker | undefined
  let waiting: Array<PromiseWithResolvers<Answer>> = []
  const free: Array<Answer> = []
  const begin = (): Worker => {
    const begun = new Worker(workerBeside(import.meta.url, "scan"), { workerData: options, name: "scan" })
    const fail = (why: unknown) => {
      for (const { reject } of waiting) reject(why)
      waiting = []
    }
    begun.on("message", (answer: Answer) => waiting.shift()?.resolve(answer))
    begun.on("error", fail)
    begun.on("exit", (code) => fail(new Error(`the thread that scans ended with ${code}`)))
    return begun
  }
  return {
    scan: (lines, begins) => {
      worker ??= begin()
      const answer = Promise.withResolvers<Answer>()
      // Who waits for it hears of it.
      answer.promise.catch(() => {})
      waiting.push(answer)
      const spare = free.pop()
      const large = spare !== undefined && spare.bytes.length >= lines.length * 2
      // Twice as large, for what is unpacked from the lines.
      const bytes = large ? spare.bytes : new Uint8Array(lines.length * 2)
      bytes.set(lines)
      const request: Request = { bytes, length: lines.length, begins, used: spare?.lines }
      worker.postMessage(request, memoryOf(bytes, spare?.lines))
      return answer.promise
    },
    release: (answer) => {
      free.push(answer)
    },
    close: async () => worker?.terminate()
  }
}
