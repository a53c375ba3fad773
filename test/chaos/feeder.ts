import { setTimeout as delay } from "node:timers/promises"
import type { Random } from "../../libs/domain/test/support/random.ts"
import { type Running, start } from "./processes.ts"

/** One `replay -` from the beginning of the trial to its end, fed as the trial goes on. */
export class Feeder {
  readonly #lines: Buffer
  readonly #random: Random
  readonly #replay: Running
  #fed = 0
  #allowed = 0
  #closed = false
  readonly #feeding: Promise<void>

  constructor(program: string, url: string, lines: Buffer, random: Random) {
    this.#lines = lines
    this.#random = random
    this.#replay = start(program, ["replay", "-", "--source", "chaos", "--server", url])
    this.#feeding = this.#feed()
  }

  /** From now on so much of the file may be fed. */
  allow(share: number): void {
    this.#allowed = Math.max(this.#allowed, Math.floor(share * this.#lines.length))
  }

  /** Feeds the rest, and waits until the replay has sent it and ends. */
  async end(): Promise<{ readonly code: number | null; readonly words: string }> {
    this.allow(1)
    this.#closed = true
    await this.#feeding
    this.#replay.child.stdin!.end()
    return { code: await this.#replay.ended, words: this.#replay.words() }
  }

  async #feed(): Promise<void> {
    while (!(this.#closed && this.#fed === this.#lines.length)) {
      const end = Math.min(this.#allowed, this.#fed + this.#random.int(2_000, 60_000))
      if (end > this.#fed) {
        this.#replay.child.stdin!.write(this.#lines.subarray(this.#fed, end))
        this.#fed = end
      }
      if (!this.#closed) await delay(this.#random.int(5, 40))
    }
  }
}
