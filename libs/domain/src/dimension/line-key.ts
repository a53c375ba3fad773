import { type KeyDimension, keyDeclarationOf, keyDimensions, type PerDimension } from "../dimension.ts"
import { slotOf } from "../format/fields.ts"
import { hashStep } from "../line/bytes.ts"
import type { KeyInLine } from "./declaration.ts"

/** The key of a line in a dimension that is counted on request: bytes[start, end), in its one spelling. */
export class LineKey {
  readonly dimension: KeyDimension
  /** The place of its field among those of a format (`Slots`). */
  readonly slot: number
  bytes: Uint8Array
  /** -1 where the line has none. */
  start = -1
  end = 0
  hash = 0
  readonly #in: KeyInLine
  readonly #seed: number
  readonly #spelt: Uint8Array
  readonly #found = { from: 0, to: 0 }

  constructor(dimension: KeyDimension, place: KeyInLine, hashSeed: number) {
    this.dimension = dimension
    this.slot = slotOf(place.field)
    this.#in = place
    this.#seed = hashSeed | 0
    this.#spelt = new Uint8Array(place.mostBytes)
    this.bytes = this.#spelt
  }

  /** The key out of bytes[from, to); none where `from` is -1. */
  take(bytes: Uint8Array, from: number, to: number): void {
    this.start = -1
    if (from < 0 || to - from > this.#spelt.length) return
    const length = this.#in.spell(bytes, from, to, this.#spelt)
    if (length === 0) return
    let hash = this.#seed
    for (let i = 0; i < length; i++) hash = hashStep(hash, this.#spelt[i]!)
    this.bytes = this.#spelt
    this.start = 0
    this.end = length
    this.hash = hash
  }

  /** The key out of a line of Common form. */
  takeCommon(bytes: Uint8Array, line: Parameters<KeyInLine["common"]>[2]): void {
    const found = this.#found
    if (this.#in.common(bytes, found, line)) this.take(bytes, found.from, found.to)
    else this.start = -1
  }
}

export const noKeys: ReadonlyArray<LineKey> = []

/** What lines have to be read for beside client and URL, where these dimensions are on. */
export const lineKeysOf = (on: PerDimension<unknown>, hashSeed: number): ReadonlyArray<LineKey> =>
  keyDimensions.flatMap((dimension) => {
    const { key } = keyDeclarationOf(dimension)
    return key === undefined || on[dimension] === undefined ? [] : [new LineKey(dimension, key, hashSeed)]
  })
