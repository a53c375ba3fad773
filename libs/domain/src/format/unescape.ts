import { BACKSLASH, CR, LF, QUOTE } from "../line/bytes.ts"

const TAB = 9

const hex = (c: number): number =>
  c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : c >= 65 && c <= 70 ? c - 55 : -1

const hex4 = (b: Uint8Array, i: number): number => {
  let value = 0
  for (let k = 0; k < 4; k++) {
    const digit = hex(b[i + k]!)
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

/**
 * Writes the string at bytes[from, to) without its escapes to `into`, at `at`; never longer than it was. Answers the place behind it. What is no escape
 * of JSON stays as it is: nginx writes `\x22` where it was not told `escape=json`.
 */
export const unescaped = (bytes: Uint8Array, from: number, to: number, into: Uint8Array, at: number): number => {
  let n = at
  for (let i = from; i < to; i++) {
    const c = bytes[i]!
    if (c !== BACKSLASH || i + 1 >= to) {
      into[n++] = c
      continue
    }
    const e = bytes[++i]!
    if (e === 117) {
      let code = i + 4 < to ? hex4(bytes, i + 1) : -1
      if (code < 0) {
        into[n++] = BACKSLASH
        into[n++] = e
        continue
      }
      i += 4
      if (code >= 0xd800 && code < 0xdc00 && i + 6 < to && bytes[i + 1] === BACKSLASH && bytes[i + 2] === 117) {
        const low = hex4(bytes, i + 3)
        if (low >= 0xdc00 && low < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
          i += 6
        }
      }
      n = writeUtf8(code, into, n)
      continue
    }
    const plain = e === 110 ? LF : e === 116 ? TAB : e === 114 ? CR : e === 98 ? 8 : e === 102 ? 12 : -1
    if (plain >= 0) into[n++] = plain
    else {
      if (e !== QUOTE && e !== BACKSLASH && e !== 47) into[n++] = BACKSLASH
      into[n++] = e
    }
  }
  return n
}

const writeUtf8 = (code: number, into: Uint8Array, at: number): number => {
  let n = at
  if (code < 0x80) into[n++] = code
  else if (code < 0x800) {
    into[n++] = 0xc0 | (code >> 6)
    into[n++] = 0x80 | (code & 63)
  } else if (code < 0x10000) {
    into[n++] = 0xe0 | (code >> 12)
    into[n++] = 0x80 | ((code >> 6) & 63)
    into[n++] = 0x80 | (code & 63)
  } else {
    into[n++] = 0xf0 | (code >> 18)
    into[n++] = 0x80 | ((code >> 12) & 63)
    into[n++] = 0x80 | ((code >> 6) & 63)
    into[n++] = 0x80 | (code & 63)
  }
  return n
}
