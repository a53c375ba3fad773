/** A pull to be sent. All have a bound of bytes: without one the server does not say when a pull is complete. */
export interface Pull {
  readonly batch: number
  readonly maxBytes: number
  readonly reply: string
}

/** Two at a time: while one is served the next one waits at the server already, so that nothing stands still in between. */
const atATime = 2
const batchMessages = 65_536
/** More than any message: the largest max_payload of a server. */
const anyMessageBytes = 64 * 1024 * 1024
/** Less than this is not worth a pull of its own. */
const leastBytes = 64 * 1024

/**
 * Which pulls are out, and how much they may still bring. The sum of that and of what is held in this process stays below the
 * bound: the server sends nothing that nobody asked for, so a slow reader holds the server back and not the other way round.
 */
export class Pulls {
  readonly #maxBytes: number
  /** The oldest one is the one being served. */
  #out: Array<{ readonly reply: string; left: number; received: number }> = []
  #inbox = ""
  #number = 0
  #tooLarge = false

  constructor(maxBytes: number) {
    this.#maxBytes = Math.max(maxBytes, leastBytes)
  }

  get count(): number {
    return this.#out.length
  }

  open(inbox: string): void {
    this.#inbox = inbox
    this.#number = 0
    this.#tooLarge = false
    this.#out = []
  }

  close(): void {
    this.#out = []
  }

  /** The next pull to send while `heldBytes` wait in this process; undefined where nothing more may be asked for now. */
  next(heldBytes: number): Pull | undefined {
    if (this.#out.length >= atATime) return undefined
    const each = Math.max(leastBytes, Math.floor(this.#maxBytes / (atATime + 2)))
    let reserved = heldBytes
    for (const pull of this.#out) reserved += Math.max(0, pull.left)
    if (reserved > 0 && reserved + each > this.#maxBytes) return undefined
    const reply = `${this.#inbox}.${++this.#number}`
    if (this.#tooLarge) {
      // The next message is larger than a whole pull: it is fetched alone.
      if (this.#out.length > 0) return undefined
      this.#tooLarge = false
      this.#out.push({ reply, left: each, received: 0 })
      return { batch: 1, maxBytes: anyMessageBytes, reply }
    }
    this.#out.push({ reply, left: each, received: 0 })
    return { batch: batchMessages, maxBytes: each, reply }
  }

  received(bytes: number): void {
    const first = this.#out[0]
    if (first === undefined) return
    first.left -= bytes
    first.received++
  }

  ended(reply: string, tooLarge: boolean): void {
    const at = this.#out.findIndex((pull) => pull.reply === reply)
    if (at < 0) return
    if (tooLarge && this.#out[at]!.received === 0) this.#tooLarge = true
    this.#out.splice(at, 1)
  }
}
