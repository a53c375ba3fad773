import { Worker } from "node:worker_threads"
import type { Answer, ScanOptions } from "./scan.worker.ts"

/** The bundle keeps shared code in a folder of its own, beside which the thread's program stands. */
const program = new URL(import.meta.url.endsWith(".ts") ? "./scan.worker.ts" : "../scan.worker.mjs", import.meta.url)

/** Scans lines in a thread of its own, while this one reads and folds. */
export interface ScanThread {
  /** The bytes belong to the thread now; it gives them back with what it found. */
  readonly scan: (bytes: Uint8Array<ArrayBuffer>) => Promise<Answer>
  readonly close: () => Promise<unknown>
}

/** The thread begins with the first call. */
export const openScanThread = (options: ScanOptions): ScanThread => {
  let worker: Worker | undefined
  let waiting: Array<PromiseWithResolvers<Answer>> = []
  const begin = (): Worker => {
    const begun = new Worker(program, { workerData: options, name: "scan" })
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
    scan: (bytes) => {
      worker ??= begin()
      const answer = Promise.withResolvers<Answer>()
      // Who waits for it hears of it.
      answer.promise.catch(() => {})
      waiting.push(answer)
      worker.postMessage(bytes, [bytes.buffer])
      return answer.promise
    },
    close: async () => worker?.terminate()
  }
}
