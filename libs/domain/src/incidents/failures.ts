/** Combinations of client, URL and status that are kept apart in a window. */
const mostCells = 32_768
const firstCells = 16
/** Room for more than so many combinations is given back with the window. */
const keptCells = 1_024

const rowShift = 2
const [CLIENT, URL, STATUS, ERRORS] = [0, 1, 2, 3]

/**
 * How the errors of one window fall together: counts by client, URL and status, the keys by their places in the window's tables. Only lines that
 * failed come here, so what it costs goes with the errors. Beyond its limit errors are counted by class alone.
 */
export class Failures {
  /** All errors of the window by class, whatever the limit. */
  readonly errors: [client: number, server: number] = [0, 0]
  cells = 0
  #rows = new Int32Array(firstCells << rowShift)
  #slots = new Int32Array(firstCells * 2)

  clear(): void {
    if (this.errors[0] + this.errors[1] === 0) return
    this.errors[0] = this.errors[1] = 0
    this.cells = 0
    if (this.#slots.length <= keptCells * 2) this.#slots.fill(0)
    else {
      this.#rows = new Int32Array(firstCells << rowShift)
      this.#slots = new Int32Array(firstCells * 2)
    }
  }

  /**
   * Counts a line that failed.
   * @param client place of its client, -1 where the line has none
   * @param url place of its URL, -1 where the request has none
   * @param errorClass 0 for 4xx, 1 for 5xx
   */
  add(client: number, url: number, status: number, errorClass: 0 | 1): void {
    this.errors[errorClass]++
    this.#count(client, url, status, 1)
  }

  /** A table has forgotten keys: `moved` tells the new places, -1 for those that are gone. What was counted under these is in `errors` alone. */
  moveClients(moved: Int32Array): void {
    this.#move(moved, CLIENT)
  }
  moveUrls(moved: Int32Array): void {
    this.#move(moved, URL)
  }

  client(cell: number): number {
    return this.#rows[(cell << rowShift) + CLIENT]!
  }
  url(cell: number): number {
    return this.#rows[(cell << rowShift) + URL]!
  }
  status(cell: number): number {
    return this.#rows[(cell << rowShift) + STATUS]!
  }
  count(cell: number): number {
    return this.#rows[(cell << rowShift) + ERRORS]!
  }

  /** The combinations with the most errors; of those with as many the ones that were met first. */
  mostFrequent(most: number): ReadonlyArray<number> {
    // Both in one number, which sorts without a comparison of ours.
    const ranks = new Float64Array(this.cells)
    for (let cell = 0; cell < this.cells; cell++) ranks[cell] = cell - this.count(cell) * mostCells
    return Array.from(ranks.sort().subarray(0, most), (rank) => ((rank % mostCells) + mostCells) % mostCells)
  }

  #count(client: number, url: number, status: number, errors: number): void {
    const rows = this.#rows
    const mask = this.#slots.length - 1
    let slot = slotOf(client, url, status, mask)
    for (let k = this.#slots[slot]!; k !== 0; k = this.#slots[slot]!) {
      const row = (k - 1) << rowShift
      if (rows[row] === client && rows[row + URL] === url && rows[row + STATUS] === status) {
        rows[row + ERRORS]! += errors
        return
      }
      slot = (slot + 1) & mask
    }
    if (this.cells === mostCells) return
    if (this.cells << rowShift === rows.length) {
      this.#grow()
      slot = this.#free(client, url, status)
    }
    const row = this.cells++ << rowShift
    this.#rows[row + CLIENT] = client
    this.#rows[row + URL] = url
    this.#rows[row + STATUS] = status
    this.#rows[row + ERRORS] = errors
    this.#slots[slot] = this.cells
  }

  #move(moved: Int32Array, field: number): void {
    const rows = this.#rows.slice(0, this.cells << rowShift)
    this.cells = 0
    this.#slots.fill(0)
    for (let row = 0; row < rows.length; row += 1 << rowShift) {
      const before = rows[row + field]!
      const now = before < 0 ? before : moved[before]!
      if (before >= 0 && now < 0) continue
      rows[row + field] = now
      this.#count(rows[row]!, rows[row + URL]!, rows[row + STATUS]!, rows[row + ERRORS]!)
    }
  }

  #free(client: number, url: number, status: number): number {
    const mask = this.#slots.length - 1
    let slot = slotOf(client, url, status, mask)
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const rows = new Int32Array(this.#rows.length * 2)
    rows.set(this.#rows)
    this.#rows = rows
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let i = 0; i < this.cells; i++) this.#slots[this.#free(this.client(i), this.url(i), this.status(i))] = i + 1
  }
}

const slotOf = (client: number, url: number, status: number, mask: number): number => {
  const hash = Math.imul(client + 2, 0x9e3779b1) ^ Math.imul(url + 2, 0x85ebca6b) ^ Math.imul(status, 0xc2b2ae35)
  return (hash ^ (hash >>> 15)) & mask
}
