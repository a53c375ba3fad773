import { QUOTE, SLASH, SPACE } from "./bytes.ts"
import { hasProtocol } from "./closing.ts"

const TAB = 9
const P = 80

/**
 * Passes over text four bytes at a time: agents are long, and a table is looked at for each byte. A view is made once for each array of bytes.
 */
export class Plain {
  #bytes: Uint8Array = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)

  #look(bytes: Uint8Array): void {
    if (bytes === this.#bytes) return
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /**
   * The first byte of bytes[start, end) that is below `least`, or 127; or `end`.
   * @param least at most 128
   */
  end(bytes: Uint8Array, start: number, end: number, least: number): number {
    this.#look(bytes)
    const view = this.#view
    const below = least * 0x01010101
    let i = start
    for (; i + 4 <= end; i += 4) {
      const four = view.getInt32(i, true)
      const del = four ^ 0x7f7f7f7f
      // A byte is below n where subtracting n borrows from its highest bit; the lowest one that says so is right.
      const found = ((four - below) & ~four & 0x80808080) | ((del - 0x01010101) & ~del & 0x80808080)
      if (found !== 0) return i + ((31 - Math.clz32(found & -found)) >> 3)
    }
    while (i < end && bytes[i]! >= least && bytes[i] !== 127) i++
    return i
  }

  /** Set where a quote with the protocol before it stands in what `tail` passes over. */
  holdsProtocol = false

  /** The first control byte but a tab, or `end`: behind a request, where another one may seem to close. */
  tail(bytes: Uint8Array, start: number, end: number): number {
    this.#look(bytes)
    const view = this.#view
    let i = start
    for (; i + 4 <= end; i += 4) {
      const four = view.getInt32(i, true)
      // Of `HTTP/1.1"` the P is looked for: quotes and slashes stand in every tail.
      const found =
        ((four - 0x20202020) | ((four ^ 0x50505050) - 0x01010101) | ((four ^ 0x7f7f7f7f) - 0x01010101)) &
        ~four &
        0x80808080
      if (found === 0) continue
      for (let k = i; k < i + 4; k++) if (this.#isEnd(bytes, k)) return k
    }
    for (; i < end; i++) if (this.#isEnd(bytes, i)) return i
    return i
  }

  #isEnd(bytes: Uint8Array, at: number): boolean {
    const c = bytes[at]!
    if (c === P && bytes[at + 1] === SLASH && (isProtocol(bytes, at + 3) || isProtocol(bytes, at + 5))) {
      this.holdsProtocol = true
    }
    return (c < SPACE && c !== TAB) || c === 127
  }
}

const isProtocol = (bytes: Uint8Array, quote: number): boolean => bytes[quote] === QUOTE && hasProtocol(bytes, quote)
