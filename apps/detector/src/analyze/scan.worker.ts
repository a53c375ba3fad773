import { parentPort, workerData } from "node:worker_threads"
import { LineScanner, limits, type ScannedLines, scanLines } from "@chaussettes/domain"

export interface ScanOptions {
  readonly urlKey: "path" | "target"
  readonly hashSeed: number
}

/** Whole lines, handed over and not copied. The answers come in the order of the requests. */
export type Request = Uint8Array<ArrayBuffer>

export interface Answer {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly lines: ScannedLines
}

if (parentPort !== null) {
  const port = parentPort
  const { urlKey, hashSeed } = workerData as ScanOptions
  const scanner = new LineScanner(urlKey, limits.lineBytes, hashSeed)
  port.on("message", (bytes: Request) => {
    const lines = scanLines(scanner, bytes, 0, bytes.length)
    port.postMessage({ bytes, lines } satisfies Answer, [bytes.buffer, lines.fields.buffer, lines.timesMs.buffer])
  })
}
