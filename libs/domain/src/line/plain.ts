/**
 * Passes over text four bytes at a time: agents are long, and a table is looked at for each byte. A view is made once for each array of bytes.
 */
export class Plain {
  #bytes: Uint8Array = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)

  /**
   * Up to the first four bytes of bytes[start, end) with one among them that is below `least`, or 127; never behind it.
   * @param least at most 128
   */
  end(bytes: Uint8Array, start: number, end: number, least: number): number {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    const view = this.#view
    const below = least * 0x01010101
    let i = start
    for (; i + 4 <= end; i += 4) {
      const four = view.getInt32(i)
      const del = four ^ 0x7f7f7f7f
      // A byte is below n where subtracting n borrows from its highest bit.
      if ((((four - below) & ~four) | ((del - 0x01010101) & ~del)) & 0x80808080) break
    }
    return i
  }
}
