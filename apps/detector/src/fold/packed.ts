/** Texts as UTF-8, one behind the other: handed from thread to thread whole, where as many strings would be copied one by one. */
export interface Packed {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Where each text ends in `bytes`. */
  readonly ends: Uint32Array<ArrayBuffer>
}

export const pack = (texts: ReadonlyArray<string>): Packed => {
  let length = 0
  for (const text of texts) length += Buffer.byteLength(text)
  const bytes = Buffer.from(new ArrayBuffer(length))
  const ends = new Uint32Array(texts.length)
  let at = 0
  for (let i = 0; i < texts.length; i++) {
    at += bytes.write(texts[i]!, at)
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
