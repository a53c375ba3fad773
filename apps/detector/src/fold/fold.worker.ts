import { serve } from "@chaussettes/service/offload/steps"
import type { FoldOptions } from "./fold.ts"
import { FoldSteps } from "./steps.ts"

serve(
  (options: FoldOptions) => new FoldSteps(options),
  (output) => (output ? [output.records.bytes.buffer, output.records.ends.buffer] : [])
)
