import { parentPort, workerData } from "node:worker_threads"
import type { LogBatch, SeuilsInForce } from "@chaussettes/domain"
import type { FoldOptions, FoldOutput } from "./fold.ts"
import { FoldSteps } from "./steps.ts"

/** What the thread is asked. It answers each `ingest` and `silence`, in order. */
export type Request =
  | { readonly kind: "ingest"; readonly batch: LogBatch }
  | { readonly kind: "silence"; readonly clockMs: number }
  | { readonly kind: "seuils"; readonly seuils: SeuilsInForce }

export type Answer = FoldOutput

if (parentPort !== null) {
  const port = parentPort
  const steps = new FoldSteps(workerData as FoldOptions)
  port.on("message", (request: Request) => {
    switch (request.kind) {
      case "ingest":
        return port.postMessage(steps.ingest(request.batch) satisfies Answer)
      case "silence":
        return port.postMessage(steps.silence(request.clockMs) satisfies Answer)
      case "seuils":
        return steps.setSeuils(request.seuils)
    }
  })
}
