import type { ReportContents, ScannedLines } from "@chaussettes/domain"
import { serve } from "@chaussettes/service/offload/steps"
import { memoryOfScanned } from "@chaussettes/service/scan/steps"
import { ScanAndTally, type ScanAndTallyOptions } from "./scan-and-tally.ts"

const memoryOf = (answer: ScannedLines | ReportContents) => ("numbers" in answer ? memoryOfScanned(answer) : [])

serve((options: ScanAndTallyOptions) => new ScanAndTally(options), memoryOf)
