import { serve } from "@chaussettes/service/offload/steps"
import { type AuditOptions, AuditSteps } from "./audit-steps.ts"

serve((options: AuditOptions) => new AuditSteps(options))
