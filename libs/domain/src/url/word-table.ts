import { hashStep } from "../line/bytes.ts"

interface Known {
  readonly text: Uint8Array
  readonly flags: number
}

const small = (c: number): number => (c >= 65 && c <= 90 ? c | 32 : c)

/** Words and what is known of them, found by their bytes without making a string. Capitals are small letters. */
export class WordTable {
  readonly #known = new Map<number, Known>()

  /** @param words words with spaces between them, by their flag */
  constructor(words: ReadonlyArray<readonly [flag: number, words: string]>) {
    for (const [flag, texts] of words) {
      for (const word of texts.split(" ")) {
        const text = Uint8Array.from(word, (c) => c.charCodeAt(0))
        const hash = hashOf(text, 0, text.length)
        this.#known.set(hash, { text, flags: (this.#known.get(hash)?.flags ?? 0) | flag })
      }
    }
  }

  /** The flags of the word bytes[start, end); 0 for any other. */
  flags(bytes: Uint8Array, start: number, end: number): number {
    if (end - start > 16) return 0
    const known = this.#known.get(hashOf(bytes, start, end))
    if (known === undefined || known.text.length !== end - start) return 0
    for (let i = 0; i < known.text.length; i++) if (known.text[i] !== small(bytes[start + i]!)) return 0
    return known.flags
  }
}

const hashOf = (bytes: Uint8Array, start: number, end: number): number => {
  let hash = 0
  for (let i = start; i < end; i++) hash = hashStep(hash, small(bytes[i]!))
  return hash
}
