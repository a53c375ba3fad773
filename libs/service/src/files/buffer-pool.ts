/**
 * Buffers of one size that are used again. What is sent must stay as it is until it is stored; new memory for each message
 * would cost more than sending it, by the garbage collector's work. There are never more than are under way at once.
 */
export class BufferPool {
  readonly #bytes: number
  readonly #stored: () => Promise<unknown>
  readonly #free: Array<Buffer<ArrayBuffer>> = []

  /** @param stored resolves once all that was sent before the call is stored, and rejects where that cannot be known */
  constructor(bytes: number, stored: () => Promise<unknown>) {
    this.#bytes = bytes
    this.#stored = stored
  }

  take(): Buffer<ArrayBuffer> {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes)
  }

  /** Everything that stands in the buffer has been sent, and nobody looks at it but whoever stores it. */
  sent(buffer: Buffer<ArrayBuffer>): void {
    this.#stored().then(
      () => this.#free.push(buffer),
      () => {}
    )
  }
}
