/**
 * Where a reader of a stream is, and whether what arrives is what it waits for.
 *
 * Two numbers come with a message: its sequence in the stream and its place in what the consumer delivered. Where nobody else
 * uses the consumer, a jump in the sequences alone says that the stream does not hold what is between (the consumer went past
 * it), and a jump in the places says that something was delivered and did not arrive. Where others may pull from the consumer
 * or put it elsewhere (a durable one, while two detectors believe that they lead), places prove nothing: each jump
 * is in doubt until the stream itself was asked.
 */
export class Position {
  /** The next sequence wanted: all below it was seen, or is not held. */
  next: number
  /** Place of the last message that came from the consumer. */
  consumerSeq = 0
  readonly #shared: boolean
  /** The stream was asked: it holds nothing from `next` up to this sequence. */
  #heldFrom = 0

  constructor(from: number, shared = false) {
    this.next = Math.max(1, from)
    this.#shared = shared
  }

  /**
   * A consumer was made or reset, to deliver from `next` on: its places begin at 1.
   *
   * @param streamFirstSeq the stream holds nothing before
   */
  opened(streamFirstSeq = 0): void {
    this.consumerSeq = 0
    this.#heldFrom = streamFirstSeq
  }

  /** The stream holds nothing from `next` up to this sequence. */
  nothingBelow(seq: number): void {
    this.#heldFrom = seq
  }

  /** Whether a consumer that delivered up to this sequence has gone past something that is still wanted. */
  isBehind(deliveredSeq: number): boolean {
    return deliveredSeq >= Math.max(this.next, this.#heldFrom)
  }

  /**
   * `new`: the message is the next one, or the next one that is held. `old`: it was seen. `lost`: something was delivered that
   * did not arrive, ask for it again from `next`. `doubtful`: find out whether the stream holds what is between, then see it again.
   */
  see(seq: number, consumerSeq: number): "new" | "old" | "lost" | "doubtful" {
    const inOrder = consumerSeq === this.consumerSeq + 1
    if (seq > this.next && seq > this.#heldFrom) {
      if (this.#shared) return "doubtful"
      if (!inOrder) return "lost"
    }
    this.consumerSeq = consumerSeq
    if (seq < this.next) return "old"
    this.next = seq + 1
    return "new"
  }
}
