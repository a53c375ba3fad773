const LF = 10

/** Cuts a stream of bytes into rows, without their LF. A row beyond `mostBytes` is left out, and `undefined` stands for it. */
export class Rows {
  readonly #mostBytes: number
  #pieces: Array<Uint8Array> = []
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  *push(chunk: Uint8Array): Generator<Uint8Array | undefined> {
    let at = 0
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, at)) {
      this.#keep(chunk.subarray(at, end))
      yield this.#bytes > this.#mostBytes ? undefined : Buffer.concat(this.#pieces)
      this.#pieces = []
      this.#bytes = 0
      at = end + 1
    }
    this.#keep(chunk.subarray(at))
  }

  #keep(piece: Uint8Array): void {
    this.#bytes += piece.length
    if (this.#bytes > this.#mostBytes) this.#pieces = []
    else if (piece.length > 0) this.#pieces.push(piece)
  }
}
