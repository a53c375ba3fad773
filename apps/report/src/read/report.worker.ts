import { parentPort, workerData } from "node:worker_threads"
import { finished, memoryOf, type ScanAnswer, type ScanRequest } from "@chaussettes/service/scan"
import { ScanAndTally, type ScanAndTallyOptions } from "./scan-and-tally.ts"

if (parentPort !== null) {
  const port = parentPort
  const scan = new ScanAndTally(workerData as ScanAndTallyOptions)
  port.on("message", (request: ScanRequest | typeof finished) => {
    if (request === finished) {
      port.postMessage(scan.contents())
      return
    }
    const lines = scan.scan(request.bytes, 0, request.length, request.begins, request.used)
    const bytes = lines.bytes as Uint8Array<ArrayBuffer>
    port.postMessage({ bytes, lines } satisfies ScanAnswer, memoryOf(bytes, lines))
  })
}
