import { type Decode, decodeAlert, decodeIncident, decodeRecordUnchecked } from "@chaussettes/domain/wire"
import { Result } from "effect"

/** What a later version has written, which this one cannot judge: verifying ends at it. */
export interface Later {
  readonly of: "window" | "alert" | "incident"
  readonly seq: number
  readonly why: string
}

const decoders: { readonly [of in Later["of"]]: Decode<unknown> } = {
  window: decodeRecordUnchecked,
  alert: decodeAlert,
  incident: decodeIncident
}

/** What is compared byte by byte is read here without the typed ports; what a later version has written is refused as there. */
export const laterIn = (of: Later["of"], seq: number, data: string): Later | undefined => {
  const read = decoders[of](data)
  return Result.isFailure(read) && read.failure.later ? { of, seq, why: read.failure.why } : undefined
}
