import { serve } from "../../src/offload/steps.ts"
import { Words } from "./words.ts"

serve(
  (first: string) => new Words(first),
  (answer) => (answer instanceof Uint8Array ? [answer.buffer as ArrayBuffer] : [])
)
