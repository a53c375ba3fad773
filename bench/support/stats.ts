/** Figures of several rounds: the median to quote, and how far the rounds lay apart. */
export interface Figures {
  readonly median: number
  readonly min: number
  readonly max: number
}

export const figuresOf = (values: ReadonlyArray<number>): Figures => {
  const sorted = [...values].sort((a, b) => a - b)
  return { median: quantile(sorted, 0.5), min: sorted[0]!, max: sorted.at(-1)! }
}

/** A quantile of sorted values, by linear interpolation. */
export const quantile = (sorted: ReadonlyArray<number>, q: number): number => {
  const at = (sorted.length - 1) * q
  const [low, high] = [Math.floor(at), Math.ceil(at)]
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low)
}
