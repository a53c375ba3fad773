import { deflateRawSync, inflateRawSync } from "node:zlib"
import type { StoredIncidents } from "@chaussettes/domain"

/** A checkpoint is one message, of which the sources take a part. */
const mostPackedChars = 700 * 1024
/** Of what is unpacked, which nobody but the detector has written. */
const mostUnpackedBytes = 64 * 1024 * 1024

/** What is known of incidents as it stands in a checkpoint; "too large" where it has no room in one. */
export const packIncidents = (stored: StoredIncidents): string | "too large" => {
  const packed = deflateRawSync(JSON.stringify(stored), { level: 1 }).toString("base64")
  return packed.length > mostPackedChars ? "too large" : packed
}

/** Undefined where it cannot be read. */
export const unpackIncidents = (packed: string): StoredIncidents | undefined => {
  try {
    const bytes = inflateRawSync(Buffer.from(packed, "base64"), { maxOutputLength: mostUnpackedBytes })
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
