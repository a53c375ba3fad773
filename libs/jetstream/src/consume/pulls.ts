/** A pull to be sent. All have a bound of bytes: without one the server does not say when a pull is complete. */
export interface Pull {
  /** Where its messages arrive: 0 up to `atATime`. */
  readonly slot: number
  readonly batch: number
  readonly maxBytes: number
  readonly reply: string
}

/** Two at a time: while one ends the other one is at the server already, so that nothing stands still in between. It serves them in turn. */
export const atATime = 2
const batchMessages = 65_536
/** More than any message: the largest max_payload of a server. */
const anyMessageBytes = 64 * 1024 * 1024
/** Less than this is not worth a pull of its own. */
const leastBytes = 64 * 1024

interface Out {
  readonly reply: string
  left: number
  received: number
}

/**
 * Which pulls are out, and how much they may still bring. The sum of that and of what is held in this process stays below the
 * bound: the server sends nothing that nobody asked for, so a slow reader holds the server back and not the other way round.
 */
export class Pulls {
  readonly #maxBytes: number
  readonly #slots: Array<Out | undefined> = Array.from({ length: atATime })
  #inboxes: ReadonlyArray<string> = []
  #number = 0
  #tooLarge = false

  constructor(maxBytes: number) {
    this.#maxBytes = Math.max(maxBytes, leastBytes)
  }

  get count(): number {
    return this.#slots.reduce((sum, out) => sum + (out === undefined ? 0 : 1), 0)
  }

  /** Begins with an inbox for each slot. */
  open(inboxes: ReadonlyArray<string>): void {
    this.close()
    this.#inboxes = inboxes
    this.#number = 0
    this.#tooLarge = false
  }

  close(): void {
    this.#slots.fill(undefined)
  }

  /** The next pull to send while `heldBytes` wait in this process; undefined where nothing more may be asked for now. */
  next(heldBytes: number): Pull | undefined {
    const slot = this.#slots.indexOf(undefined)
    if (slot < 0) return undefined
    const each = Math.max(leastBytes, Math.floor(this.#maxBytes / (atATime + 2)))
    let reserved = heldBytes
    for (const out of this.#slots) reserved += out?.left ?? 0
    if (reserved > 0 && reserved + each > this.#maxBytes) return undefined
    // A message that is larger than a whole pull is fetched alone.
    const alone = this.#tooLarge
    if (alone && this.count > 0) return undefined
    this.#tooLarge = false
    const reply = `${this.#inboxes[slot]}.${++this.#number}`
    this.#slots[slot] = { reply, left: each, received: 0 }
    return { slot, batch: alone ? 1 : batchMessages, maxBytes: alone ? anyMessageBytes : each, reply }
  }

  /**
   * A message came for a slot, so large as the server counts it: its subject, reply, headers and payload. Answers whether its pull
   * is over by that, of which the server says nothing (seen in 2.15.2, `nextWaiting`): a pull whose bytes are used up to the last
   * one ends without a status.
   */
  received(slot: number, bytes: number): boolean {
    const out = this.#slots[slot]
    if (out === undefined) return false
    out.left -= bytes
    out.received++
    if (out.left > 0) return false
    this.#slots[slot] = undefined
    return true
  }

  ended(reply: string, tooLarge: boolean): void {
    const slot = this.#slots.findIndex((out) => out?.reply === reply)
    if (slot < 0) return
    if (tooLarge && this.#slots[slot]!.received === 0) this.#tooLarge = true
    this.#slots[slot] = undefined
  }
}
