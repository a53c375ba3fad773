import { setTimeout as delay } from "node:timers/promises"
import type { Random } from "../../libs/domain/test/support/random.ts"
import type { Sender } from "./senders.ts"

/** Writes the lines piece by piece, as the trial goes on. */
export class Feeder {
  readonly #lines: Buffer
  readonly #random: Random
  readonly #sender: Sender
  #fed = 0
  #allowed = 0
  #closed = false
  readonly #feeding: Promise<void>

  constructor(sender: Sender, lines: Buffer, random: Random) {
    this.#lines = lines
    this.#random = random
    this.#sender = sender
    this.#feeding = this.#feed()
  }

  /** From now on so much of the file may be fed. */
  allow(share: number): void {
    this.#allowed = Math.max(this.#allowed, Math.floor(share * this.#lines.length))
  }

  /** Feeds the rest, and waits until all is sent. */
  async end(): Promise<{ readonly code: number | null; readonly words: string }> {
    this.allow(1)
    this.#closed = true
    await this.#feeding
    return this.#sender.end()
  }

  async #feed(): Promise<void> {
    while (!(this.#closed && this.#fed === this.#lines.length)) {
      const end = Math.min(this.#allowed, this.#fed + this.#random.int(2_000, 60_000))
      if (end > this.#fed) {
        this.#sender.write(this.#lines.subarray(this.#fed, end))
        this.#fed = end
      }
      if (!this.#closed) await delay(this.#random.int(5, 40))
    }
  }
}
