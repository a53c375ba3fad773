/** Pairs of a client and an agent that are told apart; further ones are not counted. */
const mostPairs = 1_000_000
/** Days that are told apart: twenty-seven years. */
const mostDays = 10_000
const firstSlots = 1 << 12
/** Two hashes, and the last two days on which the pair was met. */
const width = 4
const never = -0x8000_0000

/**
 * How many visitors each day had: a visitor is a client with one agent. A pair is known by 64 bits of hashes; of a million pairs two are taken for one
 * with a probability of one in thirty million. Lines of two days may be mixed around midnight, so two days of each pair are kept.
 */
export class Visitors {
  isExact = true
  readonly byDay = new Map<number, number>()
  #rows = new Int32Array(firstSlots * width)
  /** By slot, whether a pair stands there. */
  #taken = new Uint8Array(firstSlots)
  #mask = firstSlots - 1
  /** Pairs of all days together. */
  count = 0

  see(client: number, agent: number, day: number): void {
    const rows = this.#rows
    let slot = mixed(client, agent) & this.#mask
    while (this.#taken[slot] === 1) {
      const row = slot * width
      if (rows[row] === client && rows[row + 1] === agent) {
        if (rows[row + 2] === day || rows[row + 3] === day) return
        rows[row + 3] = rows[row + 2]!
        rows[row + 2] = day
        this.#countDay(day)
        return
      }
      slot = (slot + 1) & this.#mask
    }
    if (this.count >= mostPairs) {
      this.isExact = false
      return
    }
    const row = slot * width
    this.#taken[slot] = 1
    rows[row] = client
    rows[row + 1] = agent
    rows[row + 2] = day
    rows[row + 3] = never
    this.#countDay(day)
    if (++this.count * 2 > this.#mask) this.#grow()
  }

  #countDay(day: number): void {
    const before = this.byDay.get(day)
    if (before === undefined && this.byDay.size >= mostDays) this.isExact = false
    else this.byDay.set(day, (before ?? 0) + 1)
  }

  #grow(): void {
    const [rows, taken] = [this.#rows, this.#taken]
    const slots = taken.length * 2
    this.#rows = new Int32Array(slots * width)
    this.#taken = new Uint8Array(slots)
    this.#mask = slots - 1
    for (let from = 0; from < taken.length; from++) {
      if (taken[from] === 0) continue
      const row = from * width
      let slot = mixed(rows[row]!, rows[row + 1]!) & this.#mask
      while (this.#taken[slot] === 1) slot = (slot + 1) & this.#mask
      this.#taken[slot] = 1
      this.#rows.set(rows.subarray(row, row + width), slot * width)
    }
  }
}

const mixed = (a: number, b: number): number => {
  const hash = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0x9e3779b1)
  return hash ^ (hash >>> 15)
}
