import type { LogBatch } from "@chaussettes/domain"

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
