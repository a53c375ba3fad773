import { serve } from "@chaussettes/service/offload/steps"
import { memoryOfScanned, type ScanOptions, ScanSteps } from "./scan-steps.ts"

serve((options: ScanOptions) => new ScanSteps(options), memoryOfScanned)
