import { parentPort, workerData } from "node:worker_threads"
import type { LogBatch, ThresholdsInForce } from "@chaussettes/domain"
import type { FoldOptions, FoldOutput } from "./fold.ts"
import { FoldSteps } from "./steps.ts"

/** What the thread is asked. It answers each `ingest` and `silence`, in order. */
export type Request =
  | { readonly kind: "ingest"; readonly batch: LogBatch }
  | { readonly kind: "silence"; readonly clockMs: number }
  | { readonly kind: "seuils"; readonly seuils: ThresholdsInForce }

export type Answer = FoldOutput

if (parentPort !== null) {
  const port = parentPort
  const steps = new FoldSteps(workerData as FoldOptions)
  const answer = (output: Answer) => port.postMessage(output, [output.records.bytes.buffer, output.records.ends.buffer])
  port.on("message", (request: Request) => {
    switch (request.kind) {
      case "ingest":
        return answer(steps.ingest(request.batch))
      case "silence":
        return answer(steps.silence(request.clockMs))
      case "seuils":
        return steps.setThresholds(request.seuils)
    }
  })
}
