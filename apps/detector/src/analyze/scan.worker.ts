import { serve } from "@chaussettes/service/offload/steps"
import { memoryOfScanned, type ScanOptions, ScanSteps } from "@chaussettes/service/scan/steps"

serve((options: ScanOptions) => new ScanSteps(options), memoryOfScanned)
