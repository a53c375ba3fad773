/**
 * Where a reader of a stream is, and whether what arrives is what it waits for.
 *
 * Two numbers come with a message: its sequence in the stream and its place in what the consumer delivered. A jump in the
 * sequences alone says that the stream does not hold what is between (the consumer went past it). A jump in both says
 * that something was delivered and did not arrive: to this reader's socket, or to another one that pulled from the same
 * consumer. Then the reader asks again from where it was, once: if the answer is the same, there is nothing to be had.
 */
export class Position {
  /** The next sequence wanted: all below it was seen, or is not held. */
  next: number
  #consumerSeq = 0
  #askedAgainAt = 0

  constructor(from: number) {
    this.next = Math.max(1, from)
  }

  /** A consumer was made or reset, to deliver from `next` on: its places begin at 1. */
  opened(): void {
    this.#consumerSeq = 0
  }

  /** `new`: the message is the next one, or the next one that is held. `old`: it was seen. `lost`: ask again from `next`. */
  see(seq: number, consumerSeq: number): "new" | "old" | "lost" {
    const inOrder = consumerSeq === this.#consumerSeq + 1
    this.#consumerSeq = consumerSeq
    if (seq < this.next) return "old"
    if (seq > this.next && !inOrder && this.#askedAgainAt !== this.next) {
      this.#askedAgainAt = this.next
      return "lost"
    }
    this.next = seq + 1
    return "new"
  }
}
