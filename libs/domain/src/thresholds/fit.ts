import { type BetaBinomial, leastSpread, shapesOf, UpperTail } from "./beta-binomial.ts"
import { logBeta, logGamma, minimize2, significant } from "./numerics.ts"
import type { Cell } from "./pane-counts.ts"

/** Panes of one number of requests: how many of them had how many errors. */
export interface Row {
  readonly requests: number
  readonly panes: number
  /** Errors, rising, and the panes that had them. */
  readonly errors: ReadonlyArray<number>
  readonly counts: ReadonlyArray<number>
}

/** Cells as rows of whole numbers, sorted; from `coarseFrom` requests on eight rows an octave share the numbers between. */
export const rowsOf = (cells: Iterable<Cell>, coarseFrom = Number.POSITIVE_INFINITY): ReadonlyArray<Row> => {
  const groups = new Map<number, { panes: number; requests: number; cells: Array<Cell> }>()
  for (const cell of cells) {
    const mean = cell.requests / cell.panes
    const key = mean < coarseFrom ? Math.round(mean) : -Math.floor(Math.log2(mean) * 8)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { panes: cell.panes, requests: cell.requests, cells: [cell] })
    else {
      group.panes += cell.panes
      group.requests += cell.requests
      group.cells.push(cell)
    }
  }
  const rows: Array<Row> = []
  for (const group of groups.values()) {
    const requests = Math.round(group.requests / group.panes)
    const byErrors = new Map<number, number>()
    for (const cell of group.cells) {
      const errors = Math.min(requests, Math.round((cell.errors / cell.requests) * requests))
      byErrors.set(errors, (byErrors.get(errors) ?? 0) + cell.panes)
    }
    const sorted = [...byErrors].sort((x, y) => x[0] - y[0])
    rows.push({ requests, panes: group.panes, errors: sorted.map((e) => e[0]), counts: sorted.map((e) => e[1]) })
  }
  return rows.sort((x, y) => x.requests - y.requests)
}

const clampRate = (rate: number): number => Math.min(1 - 1e-6, Math.max(1e-6, rate))

export const tailsOf = (rows: ReadonlyArray<Row>, model: BetaBinomial): ReadonlyArray<UpperTail> =>
  rows.map((row) => new UpperTail(row.requests, model))

/**
 * The median's generalization to counts: the rate at which panes lie half above and half below what is expected of them, ties
 * halved. Each pane has at most one vote however extreme it is, and the few requests of a pane do not bias it.
 */
export const medianRate = (rows: ReadonlyArray<Row>, spread: number): number => {
  const excess = (rate: number): number => {
    let sum = 0
    rows.forEach((row) => {
      const tail = new UpperTail(row.requests, { rate, spread })
      row.errors.forEach((k, i) => {
        sum += row.counts[i]! * (0.5 - (tail.from(k) + tail.from(k + 1)) / 2)
      })
    })
    return sum
  }
  let [low, high] = [Math.log(1e-6), Math.log(1 - 1e-6)]
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2
    if (excess(Math.exp(middle)) > 0) low = middle
    else high = middle
  }
  return clampRate(Math.exp((low + high) / 2))
}

/** ln P(K = k | K <= limit), summed over the panes at or below each row's limit. Without constants of k alone. */
const truncatedLogLikelihood = (
  rows: ReadonlyArray<Row>,
  limits: ReadonlyArray<number>,
  model: BetaBinomial
): number => {
  const { a, b } = shapesOf(model)
  const ofShapes = logBeta(a, b)
  let sum = 0
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!
    const limit = limits[r]!
    const n = row.requests
    let panes = 0
    const constant = ofShapes + logGamma(n + a + b)
    for (let i = 0; i < row.errors.length && row.errors[i]! <= limit; i++) {
      const k = row.errors[i]!
      sum += row.counts[i]! * (logGamma(k + a) + logGamma(n - k + b) - constant)
      panes += row.counts[i]!
    }
    if (panes > 0) {
      const above = new UpperTail(n, model).from(limit + 1)
      sum -= panes * Math.log(Math.max(1e-300, 1 - above))
    }
  }
  return sum
}

/** The most likely model of the panes within the limits, taking account of what the limits cut off. */
const fitWithin = (rows: ReadonlyArray<Row>, limits: ReadonlyArray<number>, start: BetaBinomial): BetaBinomial => {
  const modelAt = (x: number, y: number): BetaBinomial => ({
    rate: clampRate(1 / (1 + Math.exp(-x))),
    spread: Math.min(0.9, Math.max(leastSpread, Math.exp(y)))
  })
  const cost = (x: number, y: number): number => {
    // A mild pull towards what is usual keeps the answer defined where panes say nothing of the spread.
    const pull = 0.5 * ((y - Math.log(0.01)) / 4) ** 2 + 0.5 * (x / 8) ** 2
    return pull - truncatedLogLikelihood(rows, limits, modelAt(x, y))
  }
  const from: readonly [number, number] = [Math.log(start.rate / (1 - start.rate)), Math.log(start.spread)]
  const [x, y] = minimize2(cost, from, [0.2, 0.7], 2e-3, 120)
  return modelAt(x, y)
}

/** The share of panes that the first rounds look at: what lies above may be an attack. */
const firstShare = 0.6
/** The share that later rounds look at. An attack that overlaps with the upper tail of clean traffic would widen it. */
const laterShare = 0.9
/** The spread to start from; a greater one would swallow attacks (0.05 did, at an error rate of 16 %). */
const startSpread = 0.01

/**
 * Fits a beta-binomial to panes of which some are attacks. It begins at the median with a small spread and looks only at the
 * lower part of the panes, which attacks do not reach, then at all but the upper tail, until the cut is stable. Each round
 * maximizes the likelihood *given* the cut, so that cutting does not make the spread too small.
 */
export const fitRobust = (rows: ReadonlyArray<Row>): BetaBinomial => {
  let model: BetaBinomial = { rate: medianRate(rows, startSpread), spread: startSpread }
  let limits: ReadonlyArray<number> = []
  // One error more than the share asks for, so that rows where the lower part is nothing but zeros say something, too.
  const limitsFor = (share: number) =>
    tailsOf(rows, model).map((tail) => Math.min(tail.requests, tail.leastBelow(1 - share) + 1))
  for (let round = 0; round < 4; round++) {
    limits = limitsFor(firstShare)
    model = fitWithin(rows, limits, model)
  }
  for (let round = 0; round < 12; round++) {
    const next = limitsFor(laterShare)
    if (next.every((limit, i) => limit === limits[i])) break
    limits = next
    model = fitWithin(rows, limits, model)
  }
  return rounded(model)
}

/** The most likely model of all panes, for a history whose extremes are known to be no attacks. */
export const fitAll = (rows: ReadonlyArray<Row>): BetaBinomial => {
  const limits = rows.map((row) => row.requests)
  return rounded(fitWithin(rows, limits, { rate: medianRate(rows, startSpread), spread: 0.1 }))
}

/** Rounded, so that the last bits of a platform's logarithms never show in what is published. */
const rounded = ({ rate, spread }: BetaBinomial): BetaBinomial => ({
  rate: significant(rate, 4),
  spread: significant(spread, 3)
})
