import { serve } from "@chaussettes/service/offload/steps"
import { type RoundOptions, RoundSteps } from "./round-steps.ts"

serve((options: RoundOptions) => new RoundSteps(options))
