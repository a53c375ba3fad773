/** Paths that are remembered, and the bytes of one and of its template; longer ones are folded each time. */
const slots = 1_024
const room = 256

const HASH = 0
const LENGTH = 1
const TO_LENGTH = 2
const TO_HASH = 3

/** What the last URLs have become: most lines ask for few of them. A URL's place is its hash; the next one there replaces it. Nothing is allocated. */
export class Memo {
  /** Each slot: a URL, and behind it its template. */
  readonly bytes = new Uint8Array(slots * room * 2)
  readonly #about = new Int32Array(slots * 4)
  /** What the last `find` has found: bytes[start, end) and its hash. An empty one says that the URL stays as it is. */
  start = 0
  end = 0
  hash = 0

  find(url: Uint8Array, start: number, end: number, hash: number): boolean {
    const slot = hash & (slots - 1)
    const about = this.#about
    const length = end - start
    if (about[slot * 4 + HASH] !== hash || about[slot * 4 + LENGTH] !== length || length === 0) return false
    const own = this.bytes
    for (let i = start, at = slot * room * 2; i < end; i++, at++) if (own[at] !== url[i]) return false
    this.start = slot * room * 2 + room
    this.end = this.start + about[slot * 4 + TO_LENGTH]!
    this.hash = about[slot * 4 + TO_HASH]!
    return true
  }

  keep(
    url: Uint8Array,
    start: number,
    end: number,
    hash: number,
    to: Uint8Array,
    length: number,
    toHash: number
  ): void {
    if (end - start > room || length > room) return
    const slot = hash & (slots - 1)
    const at = slot * room * 2
    for (let i = start; i < end; i++) this.bytes[at + i - start] = url[i]!
    for (let i = 0; i < length; i++) this.bytes[at + room + i] = to[i]!
    this.#about[slot * 4 + HASH] = hash
    this.#about[slot * 4 + LENGTH] = end - start
    this.#about[slot * 4 + TO_LENGTH] = length
    this.#about[slot * 4 + TO_HASH] = toHash
  }
}
