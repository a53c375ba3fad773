import { type Offload, type Offloaded, offload, type Where } from "@chaussettes/service/offload"
import { Context, Layer } from "effect"
import { type AuditOptions, AuditSteps } from "./audit-steps.ts"

/** An audit under way. */
export type Audit = Offloaded<AuditSteps>

/** Opens audits. */
export class Audits extends Context.Service<Audits, Offload<AuditOptions, AuditSteps>>()(
  "@chaussettes/detector/Audits"
) {}

/** In a thread reading and deriving overlap. */
export const layerAudits = (where: Where): Layer.Layer<Audits> =>
  Layer.succeed(
    Audits,
    offload(
      { start: (options: AuditOptions) => new AuditSteps(options), name: "verify", source: import.meta.url },
      where
    )
  )
