import {
  type Dimension,
  dimensionsIn,
  everyKeyDimension,
  judge,
  type KeyDimension,
  type KeyTable,
  keyDimensions,
  keyDimensionsIn,
  keyText,
  mapDimensions,
  OpenWindow,
  type PerDimension,
  rfc3339,
  type Threshold,
  thresholdAt,
  type WindowObserver
} from "@chaussettes/domain"

/** Alerts under the thresholds in force and under those that are tried. */
export interface Pair {
  inForce: number
  tried: number
}

const dayMs = 86_400_000

/** Keys with alerts that are told apart; further ones are only counted. */
const mostKeys = 100_000

export interface KeyChange extends Pair {
  readonly dimension: KeyDimension
  readonly key: string
}

/** Counts, over the windows of a replay, what alerts under two sets of thresholds: by the verdict that the detector itself uses. */
export class Comparison implements WindowObserver {
  readonly late: OpenWindow
  readonly #inForce: PerDimension<Threshold>
  readonly #tried: PerDimension<Threshold>
  readonly #least: PerDimension<number>
  readonly #days = new Map<number, PerDimension<Pair>>()
  readonly #keys = everyKeyDimension(() => new Map<string, Pair>())
  readonly #on: ReadonlyArray<Dimension>
  readonly panes: PerDimension<{ eligible: number }>
  firstMs = Number.POSITIVE_INFINITY
  lastMs = Number.NEGATIVE_INFINITY
  keysLeftOut = 0

  constructor(inForce: PerDimension<Threshold>, tried: PerDimension<Threshold>, leastRequests: PerDimension<number>) {
    this.#on = dimensionsIn(leastRequests)
    this.panes = mapDimensions(() => ({ eligible: 0 }), this.#on)
    this.#inForce = inForce
    this.#tried = tried
    this.#least = leastRequests
    this.late = new OpenWindow({ keys: 0 }, { on: keyDimensionsIn(leastRequests) })
  }

  window(window: OpenWindow): void {
    this.late.begin(0, 0, 0)
    if (window.startMs < this.firstMs) this.firstMs = window.startMs
    if (window.endMs > this.lastMs) this.lastMs = window.endMs
    const dayAt = Math.floor(window.startMs / dayMs)
    let day = this.#days.get(dayAt)
    if (day === undefined) {
      day = mapDimensions(() => ({ inForce: 0, tried: 0 }), this.#on)
      this.#days.set(dayAt, day)
    }
    const least = this.#least
    const at = (thresholds: PerDimension<Threshold>, d: Dimension) => thresholdAt(thresholds[d]!, window.startMs)
    const global = { inForce: at(this.#inForce, "global"), tried: at(this.#tried, "global") }
    if (window.total >= least.global) this.panes.global.eligible++
    if (judge(global.inForce, least.global, window.total, window.errors) === "breach") day.global.inForce++
    if (judge(global.tried, least.global, window.total, window.errors) === "breach") day.global.tried++
    for (const { dimension, table } of window.tables) {
      const thresholds = { inForce: at(this.#inForce, dimension), tried: at(this.#tried, dimension) }
      this.#table(dimension, table, day[dimension]!, thresholds)
    }
  }

  #table(
    dimension: KeyDimension,
    table: KeyTable,
    day: Pair,
    thresholds: { readonly inForce: Threshold; readonly tried: Threshold }
  ): void {
    const least = this.#least[dimension]!
    for (let i = 0; i < table.count; i++) {
      const total = table.total(i)
      if (total < least) continue
      this.panes[dimension]!.eligible++
      const errors = table.errors(i)
      if (errors === 0) continue
      const missed = table.missed(i)
      const inForce = judge(thresholds.inForce, least, total, errors, missed) === "breach" ? 1 : 0
      const tried = judge(thresholds.tried, least, total, errors, missed) === "breach" ? 1 : 0
      if (inForce + tried === 0) continue
      day.inForce += inForce
      day.tried += tried
      const keys = this.#keys[dimension]
      const key = keyText(table.key(i))
      let pair = keys.get(key)
      if (pair === undefined) {
        if (keys.size >= mostKeys) {
          this.keysLeftOut++
          continue
        }
        pair = { inForce: 0, tried: 0 }
        keys.set(key, pair)
      }
      pair.inForce += inForce
      pair.tried += tried
    }
  }

  /** By day, in the order of time. */
  days(): ReadonlyArray<{ readonly day: string } & PerDimension<Pair>> {
    return [...this.#days]
      .sort((a, b) => a[0] - b[0])
      .map(([at, counts]) => ({ day: rfc3339(at * dayMs).slice(0, 10), ...counts }))
  }

  totals(): PerDimension<Pair> {
    return mapDimensions((d) => {
      const sum = { inForce: 0, tried: 0 }
      for (const day of this.#days.values()) {
        sum.inForce += day[d]!.inForce
        sum.tried += day[d]!.tried
      }
      return sum
    }, this.#on)
  }

  /** The keys whose number of alerts changes, the most changed first. */
  changes(): ReadonlyArray<KeyChange> {
    return keyDimensions
      .flatMap((dimension) =>
        [...this.#keys[dimension]].flatMap(([key, pair]) =>
          pair.inForce === pair.tried ? [] : [{ dimension, key, ...pair }]
        )
      )
      .sort(
        (a, b) =>
          Math.abs(b.tried - b.inForce) - Math.abs(a.tried - a.inForce) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
      )
  }

  /** Days that the history spans; what alerts over it, divided by this, is to be expected a day. */
  get daysSpanned(): number {
    return this.lastMs > this.firstMs ? (this.lastMs - this.firstMs) / dayMs : 0
  }
}
