/** Clients that are remembered at a time; of two that share a place the newer. */
const places = 8_192
const width = 5
const [CLIENT, AGENT, REFERRER, DAY, PAIR] = [0, 1, 2, 3, 4]
const never = -0x8000_0000

/**
 * What each client's line before said: mostly the next one has the same agent and the same referrer, and is no new visitor. So where these stand in
 * their tables is tried first, and only what differs is hashed and looked for. It is a guess that costs nothing but the look: whoever takes one
 * compares the bytes.
 */
export class LastSeen {
  readonly #rows = new Int32Array(places * width).fill(-1)
  #at = 0

  /** The lines from now on are this client's. */
  client(hash: number): void {
    const at = ((hash ^ (hash >>> 15)) & (places - 1)) * width
    this.#at = at
    const rows = this.#rows
    if (rows[at] === hash) return
    rows[at + CLIENT] = hash
    rows[at + AGENT] = rows[at + REFERRER] = -1
    rows[at + DAY] = never
  }

  /** Where its agent may stand; -1 where nothing is known. */
  get agent(): number {
    return this.#rows[this.#at + AGENT]!
  }
  set agent(row: number) {
    this.#rows[this.#at + AGENT] = row
  }

  get referrer(): number {
    return this.#rows[this.#at + REFERRER]!
  }
  set referrer(row: number) {
    this.#rows[this.#at + REFERRER] = row
  }

  /** Notes that the client came on this day with an agent of that hash; answers whether its line before did as well. */
  cameAgain(agent: number, day: number): boolean {
    const [rows, at] = [this.#rows, this.#at]
    if (rows[at + DAY] === day && rows[at + PAIR] === agent) return true
    rows[at + DAY] = day
    rows[at + PAIR] = agent
    return false
  }
}
