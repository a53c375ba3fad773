import {
  everyKeyDimension,
  isDefault,
  type KeyDimension,
  keyDimensions,
  keyDimensionsIn,
  mapKeyDimensions,
  type PerKeyDimension,
  parseRfc3339,
  type TopKey,
  type WindowRecord
} from "@chaussettes/domain"

/** A key with what is known of it: at least so much, for a window names its worst keys only. */
export interface TopSum {
  readonly key: string
  readonly total: number
  readonly errors: number
  /** Statuses 400 to 499, and 500 to 599, as far as records tell them. */
  readonly clientErrors: number
  readonly serverErrors: number
  readonly windows: number
}

type Counts = { -readonly [field in Exclude<keyof TopSum, "key">]: number }
type Sums = Map<string, Counts>

const countsOf = ({ total, errors, client_errors: client = 0, server_errors: server = 0 }: TopKey): Counts => ({
  total,
  errors,
  clientErrors: client,
  serverErrors: server,
  windows: 1
})

const hourMs = 3_600_000
const dayMs = 86_400_000
/** Keys kept of a finished hour or day. */
const kept = 25
/** Hours kept; older ones are told by their days. */
const maxHours = 7 * 24
const maxDays = 400

const add = (sums: Sums, key: string, counts: Counts): void => {
  const sum = sums.get(key)
  if (sum === undefined) sums.set(key, { ...counts })
  else {
    sum.total += counts.total
    sum.errors += counts.errors
    sum.clientErrors += counts.clientErrors
    sum.serverErrors += counts.serverErrors
    sum.windows += counts.windows
  }
}

const worstOf = (sums: Sums, most: number): ReadonlyArray<TopSum> =>
  Array.from(sums, ([key, sum]) => ({ key, ...sum }))
    .sort((a, b) => b.errors - a.errors || b.total - a.total || (a.key < b.key ? -1 : 1))
    .slice(0, most)

/** The worst keys of one stretch of time. While it grows it holds many, once it is over a few. */
class Stretch {
  readonly by: { readonly [dimension in KeyDimension]: Sums } = everyKeyDimension(() => new Map())

  add(dimension: KeyDimension, top: ReadonlyArray<TopKey>): void {
    for (const told of top) add(this.by[dimension], told.key, countsOf(told))
    // A stretch in which all keys change (an attack from everywhere) must not grow without bound.
    if (this.by[dimension].size > 2_000) this.trim(dimension, 500)
  }

  remove(dimension: KeyDimension, top: ReadonlyArray<TopKey>): void {
    const sums = this.by[dimension]
    for (const told of top) {
      const { key } = told
      const { total, errors, clientErrors, serverErrors } = countsOf(told)
      const sum = sums.get(key)
      if (sum === undefined) continue
      // Where it was forgotten and came again, less of it is known than a record said.
      sum.total = Math.max(0, sum.total - total)
      sum.errors = Math.max(0, sum.errors - errors)
      sum.clientErrors = Math.max(0, sum.clientErrors - clientErrors)
      sum.serverErrors = Math.max(0, sum.serverErrors - serverErrors)
      sum.windows = Math.max(0, sum.windows - 1)
      if (sum.windows === 0) sums.delete(key)
    }
  }

  trim(dimension: KeyDimension, most: number): void {
    const sums = this.by[dimension]
    if (sums.size <= most) return
    const worst = worstOf(sums, most)
    sums.clear()
    for (const { key, ...sum } of worst) sums.set(key, sum)
  }
}

/** The worst keys by hour and by day, from the records: so that a month's can be told without reading it again. */
export class Tops {
  readonly #hours = new Map<number, Stretch>()
  readonly #days = new Map<number, Stretch>()

  /** @param before what a record of the same window said that was added before */
  add(record: WindowRecord, before?: WindowRecord): void {
    const startMs = parseRfc3339(record.start)!
    this.#addTo(this.#hours, Math.floor(startMs / hourMs) * hourMs, record, before, maxHours)
    this.#addTo(this.#days, Math.floor(startMs / dayMs) * dayMs, record, before, maxDays)
  }

  /** Trims all stretches but the newest ones, which still grow. */
  settle(): void {
    for (const stretches of [this.#hours, this.#days]) {
      const newest = Math.max(...stretches.keys())
      for (const [startMs, stretch] of stretches) {
        if (startMs === newest) continue
        for (const dimension of keyDimensions) stretch.trim(dimension, kept)
      }
    }
  }

  clear(): void {
    this.#hours.clear()
    this.#days.clear()
  }

  /** The worst keys of each dimension: of those that always are on, and of those on request that have some. */
  all(fromMs: number, toMs: number, most: number): PerKeyDimension<ReadonlyArray<TopSum>> {
    const worst = everyKeyDimension(({ name }) => this.of(name, fromMs, toMs, most))
    const on = keyDimensions.filter((dimension) => isDefault(dimension) || worst[dimension].length > 0)
    return mapKeyDimensions((dimension) => worst[dimension], on)
  }

  /** Whole hours, or where they are no longer kept whole days, that touch [fromMs, toMs). */
  of(dimension: KeyDimension, fromMs: number, toMs: number, most: number): ReadonlyArray<TopSum> {
    const sums: Sums = new Map()
    const oldestHour = Math.min(...this.#hours.keys())
    // A day is told by its hours if they are all there.
    const daysUntil = Number.isFinite(oldestHour) ? Math.ceil(oldestHour / dayMs) * dayMs : Number.POSITIVE_INFINITY
    const useHours = fromMs >= oldestHour
    const take = (stretch: Stretch) => {
      for (const [key, sum] of stretch.by[dimension]) add(sums, key, sum)
    }
    for (const [startMs, day] of this.#days) {
      if (!useHours && startMs < daysUntil && startMs < toMs && startMs + dayMs > fromMs) take(day)
    }
    for (const [startMs, hour] of this.#hours) {
      if ((useHours || startMs >= daysUntil) && startMs < toMs && startMs + hourMs > fromMs) take(hour)
    }
    return worstOf(sums, most)
  }

  #addTo(
    stretches: Map<number, Stretch>,
    startMs: number,
    record: WindowRecord,
    before: WindowRecord | undefined,
    most: number
  ): void {
    let stretch = stretches.get(startMs)
    if (stretch === undefined) {
      if (stretches.size >= most) {
        const oldest = Math.min(...stretches.keys())
        if (startMs < oldest) return
        stretches.delete(oldest)
      }
      if (stretches.size > 0 && startMs > Math.max(...stretches.keys())) this.settle()
      stretch = new Stretch()
      stretches.set(startMs, stretch)
    }
    if (before !== undefined) {
      for (const dimension of keyDimensionsIn(before.top)) stretch.remove(dimension, before.top[dimension]!)
    }
    for (const dimension of keyDimensionsIn(record.top)) stretch.add(dimension, record.top[dimension]!)
  }
}
