import type { LogBatch } from "@chaussettes/domain"
import { type Decode, decodeAlert, decodeIncident, decodeRecordUnchecked } from "@chaussettes/domain/wire"
import { Result } from "effect"

/** A message as text. */
export interface Text {
  readonly seq: number
  readonly subject: string
  readonly data: string
}

/** The messages of WINDOWS or ALERTS in a batch, one after the other. */
export function* textsOf({ bytes, messages, offsets, seqs, sources, sourceOf }: LogBatch): Iterable<Text> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let i = 0; i < messages; i++) {
    yield {
      seq: seqs[i]!,
      subject: sources[sourceOf[i]!]!,
      data: buffer.toString("utf8", offsets[i]!, offsets[i + 1]!)
    }
  }
}

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
