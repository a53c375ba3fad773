/** Numbers of which the least is at hand: adding one and taking the least out cost the logarithm of how many there are. */
export class MinHeap {
  readonly #heap: Array<number> = []

  /** Infinity where there is none. */
  get least(): number {
    return this.#heap[0] ?? Number.POSITIVE_INFINITY
  }

  push(value: number): void {
    const heap = this.#heap
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent]! <= value) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = value
  }

  /** Takes the least one out; Infinity where there is none. */
  pop(): number {
    const heap = this.#heap
    const least = this.least
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return least
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++
      if (heap[child]! >= last) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return least
  }
}
