import { parentPort, workerData } from "node:worker_threads"
import { LineScanner, limits, scanLines } from "@chaussettes/domain"
import { type Answer, memoryOf, type Request, type ScanOptions } from "./scan-messages.ts"

if (parentPort !== null) {
  const port = parentPort
  const { urlKey, hashSeed } = workerData as ScanOptions
  const scanner = new LineScanner(urlKey, limits.lineBytes, hashSeed)
  port.on("message", ({ bytes, length, used }: Request) => {
    const lines = scanLines(scanner, bytes, 0, length, used)
    port.postMessage({ bytes, lines } satisfies Answer, memoryOf(bytes, lines))
  })
}
