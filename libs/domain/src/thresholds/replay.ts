import type { WindowObserver } from "../detection/deciding.ts"
import { type KeyBudget, KeyTable } from "../detection/key-table.ts"
import { OpenWindow } from "../detection/window.ts"
import {
  type Dimension,
  dimensionsIn,
  type KeyDimension,
  keyDimensionsIn,
  mapKeyDimensions,
  type PerDimension,
  type PerKeyDimension
} from "../dimension.ts"
import { keyText } from "../wire/alert.ts"
import { History, type PaneSink } from "./history.ts"
import { leastForRate, type Totals } from "./percentile-99.ts"

/** Keys whose whole history is kept; at the limit those with the fewest requests are forgotten. */
const totalKeys = 500_000
const totalKeyBytes = 32 * 1024 * 1024
/** Late lines are put to the totals when so many of their keys have come together. */
const lateKeys = 10_000

/** A key with the most errors in relation to its requests, as the metadata tells it. */
export interface TopErrors {
  readonly key: string
  readonly errorRate: number
  readonly requests: number
}

/**
 * Takes the windows of a replay: its panes for a history, and for whole keys their totals, late lines included. The windows
 * are those of the detector, cut and counted by its own code.
 */
export class Replay implements WindowObserver {
  readonly history: History
  readonly late: OpenWindow
  lines = 0
  errors = 0
  firstMs = Number.POSITIVE_INFINITY
  lastMs = Number.NEGATIVE_INFINITY
  readonly #least: PerDimension<number>
  readonly #sinks: ReadonlyArray<PaneSink>
  readonly #tables: PerKeyDimension<KeyTable>

  constructor(leastRequests: PerDimension<number>, further: ReadonlyArray<PaneSink> = []) {
    const budget: KeyBudget = { keys: 0 }
    this.#least = leastRequests
    this.history = new History(dimensionsIn(leastRequests))
    this.#sinks = [this.history, ...further]
    const on = keyDimensionsIn(leastRequests)
    this.late = new OpenWindow(budget, { on })
    this.#tables = mapKeyDimensions(() => new KeyTable(totalKeys, totalKeyBytes, budget), on)
  }

  window(window: OpenWindow): void {
    if (window.startMs < this.firstMs) this.firstMs = window.startMs
    if (window.endMs > this.lastMs) this.lastMs = window.endMs
    this.#count(window)
    if (this.late.tables.some(({ table }) => table.count > lateKeys)) this.#takeLate()
    for (const sink of this.#sinks) tellPanes(sink, window, this.#least)
  }

  /** All lines so far, by key. */
  totals(): Totals {
    this.#takeLate()
    const of = (table: KeyTable) =>
      Array.from({ length: table.count }, (_, i) => ({ requests: table.total(i), errors: table.errors(i) }))
    const keys = mapKeyDimensions((dimension) => of(this.#tables[dimension]!), this.keyDimensions)
    return { lines: this.lines, errors: this.errors, ...keys }
  }

  /** The keys with the highest error rates among those with enough requests; more requests first among equals. */
  topErrors(dimension: KeyDimension, most: number): ReadonlyArray<TopErrors> {
    this.#takeLate()
    const table = this.#tables[dimension]!
    const rate = (i: number) => table.errors(i) / table.total(i)
    const worse = (a: number, b: number) => rate(b) - rate(a) || table.worse(a, b)
    const top: Array<number> = []
    for (let i = 0; i < table.count; i++) {
      if (table.errors(i) === 0 || table.total(i) < leastForRate[dimension]) continue
      if (top.length === most && worse(top[most - 1]!, i) <= 0) continue
      top.push(i)
      top.sort(worse)
      top.length = Math.min(top.length, most)
    }
    return top.map((i) => ({ key: keyText(table.key(i)), errorRate: rate(i), requests: table.total(i) }))
  }

  /** Those that are on. */
  get keyDimensions(): ReadonlyArray<KeyDimension> {
    return keyDimensionsIn(this.#tables)
  }

  /** How many keys have enough requests for a rate. */
  analyzed(dimension: KeyDimension): number {
    this.#takeLate()
    const table = this.#tables[dimension]!
    let keys = 0
    for (let i = 0; i < table.count; i++) if (table.total(i) >= leastForRate[dimension]) keys++
    return keys
  }

  #takeLate(): void {
    this.#count(this.late)
    this.late.begin(0, 0, 0)
  }

  #count(window: OpenWindow): void {
    this.lines += window.total
    this.errors += window.errors
    for (const { dimension, table } of window.tables) {
      const all = this.#tables[dimension]!
      for (let i = 0; i < table.count; i++) all.addFrom(table, i)
    }
  }
}

/** Tells a sink the eligible panes of a window. */
export const tellPanes = (sink: PaneSink, window: OpenWindow, least: PerDimension<number>): void => {
  if (window.total >= least.global) sink.pane("global", window.total, window.errors, 0)
  for (const { dimension, table } of window.tables) panesOf(sink, dimension, table, least[dimension]!)
  sink.windowClosed(window.startMs)
}

/**
 * The panes of one table. What a table of too many keys has forgotten is taken for normal requests, as a verdict takes it:
 * neither may make an alert more likely.
 */
const panesOf = (sink: PaneSink, dimension: Dimension, table: KeyTable, least: number): void => {
  for (let i = 0; i < table.count; i++) {
    const requests = table.total(i)
    if (requests >= least) sink.pane(dimension, requests + table.missed(i), table.errors(i), table.hash(i))
  }
}
