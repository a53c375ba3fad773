import type { DetectionSettings } from "@chaussettes/domain"
import { serve } from "@chaussettes/service/offload/steps"
import { RoundSteps } from "./round-steps.ts"

serve((settings: DetectionSettings) => new RoundSteps(settings))
