import { serve } from "@chaussettes/service/offload/steps"
import { AuditSteps } from "./audit-steps.ts"
import type { AuditOptions } from "./findings.ts"

serve((options: AuditOptions) => new AuditSteps(options))
