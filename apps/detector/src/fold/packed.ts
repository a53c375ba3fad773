/** Texts as UTF-8, one behind the other: handed from thread to thread whole, where as many strings would be copied one by one. */
export interface Packed {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Where each text ends in `bytes`. */
  readonly ends: Uint32Array<ArrayBuffer>
}

const encoder = new TextEncoder()

export const pack = (texts: ReadonlyArray<string>): Packed => {
  // Joined, so that texts that were put together from pieces are made whole once and not for each look at them.
  const joined = texts.join("")
  const bytes = encoder.encode(joined)
  const isAscii = bytes.length === joined.length
  const ends = new Uint32Array(texts.length)
  let at = 0
  for (let i = 0; i < texts.length; i++) {
    at += isAscii ? texts[i]!.length : Buffer.byteLength(texts[i]!)
    ends[i] = at
  }
  return { bytes, ends }
}

/** The texts, each a part of the same memory. */
export const unpack = ({ bytes, ends }: Packed): ReadonlyArray<Uint8Array> => {
  let start = 0
  return Array.from(ends, (end) => {
    const text = bytes.subarray(start, end)
    start = end
    return text
  })
}
