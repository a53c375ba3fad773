import { parentPort, workerData } from "node:worker_threads"
import { AuditSteps } from "./audit-steps.ts"
import type { AuditAnswer, AuditOptions, AuditRequest } from "./audits.ts"

if (parentPort !== null) {
  const port = parentPort
  const steps = new AuditSteps(workerData as AuditOptions)
  port.on("message", (request: AuditRequest) => port.postMessage(steps.take(request) satisfies AuditAnswer))
}
