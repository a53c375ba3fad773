import { parentPort, workerData } from "node:worker_threads"
import { LineScanner, limits, lineKeysOf, readerFor, scanLines } from "@chaussettes/domain"
import { memoryOf, type ScanAnswer, type ScanOptions, type ScanRequest } from "@chaussettes/service/scan"

if (parentPort !== null) {
  const port = parentPort
  const { urlKey, hashSeed, reading, leastRequests } = workerData as ScanOptions
  const keys = lineKeysOf(leastRequests, hashSeed)
  const reader = readerFor(reading, { keys })
  const scanner = new LineScanner(urlKey, limits.lineBytes, hashSeed, reader, keys)
  port.on("message", ({ bytes: piece, length, begins, used }: ScanRequest) => {
    if (begins) reader?.begin()
    const lines = scanLines(scanner, piece, 0, length, used)
    const bytes = lines.bytes as Uint8Array<ArrayBuffer>
    port.postMessage({ bytes, lines } satisfies ScanAnswer, memoryOf(bytes, lines))
  })
}
