import { serve } from "@chaussettes/service/offload/steps"
import { type LineOptions, LineSteps } from "./line-steps.ts"

serve((options: LineOptions) => new LineSteps(options))
