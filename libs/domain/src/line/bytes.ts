/**
 * The bytes that mean something in a line, and how they are looked for. They stand here once, and not in each file, also for speed: in the
 * bundle an imported number is put in its place, a file's own one becomes a variable.
 */

export const LF = 10
export const CR = 13
export const SPACE = 32
export const QUOTE = 34
export const HASH_SIGN = 35
export const STAR = 42
export const PLUS = 43
export const COMMA = 44
export const DASH = 45
export const SLASH = 47
export const ZERO = 48
export const COLON = 58
export const QUESTION = 63
export const OPEN = 91
export const BACKSLASH = 92
export const CLOSE = 93

export const isDigit = (c: number): boolean => c >= ZERO && c <= 57

export const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/** A table from bytes to 1 for these characters, else 0: one look instead of many comparisons. */
export const tableOf = (characters: string): Uint8Array => {
  const table = new Uint8Array(256)
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1
  return table
}

/** Bytes that must not stand in a line as they are. */
export const isControl = (c: number): boolean => c < 32 || c === 127

/**
 * Where a byte stands in bytes[start, end), or `end`. Not `indexOf`: what it does not find in a line it would look for in
 * all that is behind, and a batch of bad lines would take the square of its length.
 */
export const placeOf = (byte: number, bytes: Uint8Array, start: number, end: number): number => {
  let i = start
  while (i < end && bytes[i] !== byte) i++
  return i
}

/** The first place in bytes[start, end) whose byte wants a look, or `end`: eight bytes at a time, with one branch, for fields that are long. */
export const runEnd = (looks: Uint8Array, bytes: Uint8Array, start: number, end: number): number => {
  let i = start
  while (
    i + 8 <= end &&
    (looks[bytes[i]!]! |
      looks[bytes[i + 1]!]! |
      looks[bytes[i + 2]!]! |
      looks[bytes[i + 3]!]! |
      looks[bytes[i + 4]!]! |
      looks[bytes[i + 5]!]! |
      looks[bytes[i + 6]!]! |
      looks[bytes[i + 7]!]!) ===
      0
  ) {
    i += 8
  }
  while (i < end && looks[bytes[i]!] === 0) i++
  return i
}

/** As `runEnd`, for fields of which most are short. */
export const shortRunEnd = (looks: Uint8Array, bytes: Uint8Array, start: number, end: number): number => {
  const near = start + 8 < end ? start + 8 : end
  let i = start
  while (i < near && looks[bytes[i]!] === 0) i++
  return i < near || i >= end ? i : runEnd(looks, bytes, i, end)
}

let viewed: Uint8Array = new Uint8Array(0)
let view = new DataView(viewed.buffer)

/** The bytes, to be read by fours. The view of the last ones is kept: of a batch all lines stand in the same. */
export const viewOf = (bytes: Uint8Array): DataView => {
  if (bytes !== viewed) {
    viewed = bytes
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  return view
}

/** The view that is kept of the bytes; undefined where the last one was of others, for whoever would only make it for a few bytes. */
export const keptView = (bytes: Uint8Array): DataView | undefined => (bytes === viewed ? view : undefined)

/** FNV-1a, a byte at a time; where it begins is a seed. */
export const hashStep = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193)

/**
 * The first quote, backslash or control byte of a quoted text, of which most are long: four bytes at a time, so fewer than four at the end are left to
 * the caller. A byte is below n, or n itself, where subtracting borrows from its highest bit.
 */
export const plainEnd = (view: DataView, start: number, end: number): number => {
  let i = start
  while (i + 4 <= end) {
    const four = view.getInt32(i, true)
    const found =
      ((four - 0x20202020) |
        ((four ^ 0x22222222) - 0x01010101) |
        ((four ^ 0x5c5c5c5c) - 0x01010101) |
        ((four ^ 0x7f7f7f7f) - 0x01010101)) &
      ~four &
      0x80808080
    if (found !== 0) return i + ((31 - Math.clz32(found & -found)) >> 3)
    i += 4
  }
  return i
}
