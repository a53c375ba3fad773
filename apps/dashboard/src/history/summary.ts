import {
  type Dimension,
  dimensions,
  leastErrors,
  mapDimensions,
  type PerDimension,
  parseRfc3339,
  rateOf,
  type Threshold,
  thresholdAt,
  type WindowRecord
} from "@chaussettes/domain"

/** What the page keeps of a window; a record has some 2 kB, this has some 20 bytes. */
export interface WindowPoint {
  readonly seq: number
  readonly startMs: number
  readonly endMs: number
  readonly throughSeq: number
  readonly total: number
  readonly errors: number
  /** Statuses 400 to 499, and 500 to 599; absent where a record does not tell them. */
  readonly clientErrors?: number
  readonly serverErrors?: number
  /** The rate above which it would have alerted; NaN where so few requests never do. */
  readonly threshold: number
  readonly breaches: PerDimension<number>
  /** Late and rejected lines and lost messages since the window before. */
  readonly unused: number
}

/**
 * The threshold as a rate for so many requests. A plain one is itself; for a table it is the greatest rate that does
 * not breach, so that a window lies above the line exactly when it alerted.
 */
export const thresholdAsRate = (threshold: Threshold, total: number): number => {
  if (typeof threshold === "number") return threshold
  if (total === 0) return rateOf(threshold)
  const least = leastErrors(threshold, total)
  return least > total ? Number.NaN : (least - 1) / total
}

export const pointOf = (seq: number, record: WindowRecord): WindowPoint => {
  const rejected = Object.values(record.since_last.rejected).reduce((sum, n) => sum + n, 0)
  const startMs = parseRfc3339(record.start)!
  return {
    seq,
    startMs,
    endMs: parseRfc3339(record.end)!,
    throughSeq: record.through_seq,
    total: record.total,
    errors: record.errors,
    ...(record.client_errors === undefined || record.server_errors === undefined
      ? {}
      : { clientErrors: record.client_errors, serverErrors: record.server_errors }),
    threshold: thresholdAsRate(thresholdAt(record.seuils.global.value, startMs), record.total),
    breaches: record.breaches,
    unused: record.since_last.late + record.since_last.gap + rejected
  }
}

/** Any number of windows taken together. Extremes are kept, so that a spike survives however far one zooms out. */
export class Summary {
  windows = 0
  total = 0
  errors = 0
  /** Nought where records do not tell them. */
  clientErrors = 0
  serverErrors = 0
  leastRate = Number.POSITIVE_INFINITY
  greatestRate = Number.NEGATIVE_INFINITY
  /** The last one that there was. */
  threshold = Number.NaN
  /** Of the dimensions that were on in one of the windows, and of those that always are. */
  readonly breaches: { [dimension in Dimension]?: number } & PerDimension<number> = { ...mapDimensions(() => 0) }
  unused = 0

  /** Its breaches are added for themselves. */
  addWindow(total: number, errors: number, threshold: number, unused: number): void {
    this.windows++
    this.total += total
    this.errors += errors
    if (total > 0) {
      const rate = errors / total
      if (rate < this.leastRate) this.leastRate = rate
      if (rate > this.greatestRate) this.greatestRate = rate
    }
    if (!Number.isNaN(threshold)) this.threshold = threshold
    this.unused += unused
  }

  addKinds(clientErrors: number, serverErrors: number): void {
    this.clientErrors += clientErrors
    this.serverErrors += serverErrors
  }

  addBreaches(dimension: Dimension, breaches: number): void {
    this.breaches[dimension] = (this.breaches[dimension] ?? 0) + breaches
  }

  /** Takes in a later stretch of windows. */
  add(other: Summary): void {
    this.windows += other.windows
    this.total += other.total
    this.errors += other.errors
    this.addKinds(other.clientErrors, other.serverErrors)
    if (other.leastRate < this.leastRate) this.leastRate = other.leastRate
    if (other.greatestRate > this.greatestRate) this.greatestRate = other.greatestRate
    if (!Number.isNaN(other.threshold)) this.threshold = other.threshold
    for (const dimension of dimensions) {
      const breaches = other.breaches[dimension]
      if (breaches !== undefined) this.addBreaches(dimension, breaches)
    }
    this.unused += other.unused
  }
}
