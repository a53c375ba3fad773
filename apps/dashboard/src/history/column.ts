type Values = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array
type Width = new (from: number | ArrayLike<number>) => Values

const unsigned: ReadonlyArray<readonly [greatest: number, width: Width]> = [
  [2 ** 8 - 1, Uint8Array],
  [2 ** 16 - 1, Uint16Array],
  [2 ** 32 - 1, Uint32Array]
]
const signed: ReadonlyArray<readonly [greatest: number, width: Width]> = [
  [2 ** 7 - 1, Int8Array],
  [2 ** 15 - 1, Int16Array],
  [2 ** 31 - 1, Int32Array]
]

/**
 * Whole numbers, kept in as many bytes as the greatest of them needs: most counts of a window fit one or two, and a column of a few great ones is
 * made wide for them alone.
 */
export class Column {
  values: Values
  #width = 0
  #greatest: number
  readonly #widths: typeof unsigned

  constructor(length: number, sign: "unsigned" | "signed" = "unsigned") {
    this.#widths = sign === "signed" ? signed : unsigned
    const [greatest, width] = this.#widths[0]!
    this.#greatest = greatest
    this.values = new width(length)
  }

  get(i: number): number {
    return this.values[i]!
  }

  set(i: number, value: number): void {
    const size = Math.abs(value)
    while (size > this.#greatest && this.#width < this.#widths.length - 1) {
      const [greatest, width] = this.#widths[++this.#width]!
      this.#greatest = greatest
      this.values = new width(this.values)
    }
    this.values[i] = value
  }
}
