import { type BetaBinomial, shapesOf, UpperTail } from "./beta-binomial.ts"
import { type Row, tailsOf } from "./fit.ts"
import { logBeta } from "./numerics.ts"

/**
 * What part of the panes the model of clean traffic does not explain, and what that says of the panes which it does: an attack
 * whose panes lie mostly beyond the bound has some on this side of it.
 */
export interface Unexplained {
  /** A pane whose tail probability is below this is not explained. */
  readonly below: number
  readonly panes: number
  /** How many of these chance alone leaves at most (3 standard deviations above the mean). */
  readonly byChance: number
  /** Panes that are attacks in all likelihood, those that hide among the explained ones included. */
  readonly attacks: number
  /** How many of a row's explained panes with k errors or more are hidden attacks. */
  readonly hiddenFrom: (row: number, errors: number) => number
  /** Of the unexplained panes, the share that chance alone may have left: these are clean, and alert. */
  readonly chanceShare: number
  /** The first number of errors of a row that is not explained. */
  readonly bounds: ReadonlyArray<number>
}

/** One error alone is no incident, however rare errors were so far: it neither alerts nor counts as an attack. */
export const fewestErrors = 2

/** The first number of errors of each row that the model does not explain: its tail probability is at most `below`. */
export const boundsOf = (rows: ReadonlyArray<Row>, model: BetaBinomial, below: number): ReadonlyArray<number> =>
  tailsOf(rows, model).map((tail) => Math.max(fewestErrors, tail.leastBelow(below)))

/** Most that the hidden part may be thought to be, as a multiple of what is seen. */
const mostHidden = 1

/** ln P(K = k), without the constant of n and k. */
const logKernel = (n: number, k: number, { a, b }: { readonly a: number; readonly b: number }): number =>
  logBeta(k + a, n - k + b) - logBeta(a, b)

/**
 * Attacks are taken for a beta-binomial of a higher rate and the same spread. Its rate is the most likely one given that
 * only the panes beyond the bound are seen; from it follows how many are on this side.
 */
export const unexplainedOf = (
  rows: ReadonlyArray<Row>,
  model: BetaBinomial,
  below: number,
  /** The panes that chance had; more than the rows hold where those are the worst of each window. */
  among?: number
): Unexplained => {
  const limits = boundsOf(rows, model, below)
  let [seen, panes] = [0, 0]
  const seenOf = rows.map((row, r) => {
    let sum = 0
    row.errors.forEach((k, i) => {
      if (k >= limits[r]!) sum += row.counts[i]!
    })
    seen += sum
    panes += row.panes
    return sum
  })
  const expected = below * (among ?? panes)
  const byChance = expected + 3 * Math.sqrt(expected)
  const excess = Math.max(0, seen - byChance)
  if (excess === 0)
    return { below, panes: seen, byChance, attacks: 0, hiddenFrom: () => 0, chanceShare: 1, bounds: limits }

  const hit = rows.flatMap((row, r) => (seenOf[r]! > 0 ? [{ row, limit: limits[r]! }] : []))
  const cost = (rate: number): number => {
    const shapes = shapesOf({ rate, spread: model.spread })
    let sum = 0
    for (const { row, limit } of hit) {
      const beyond = Math.log(Math.max(1e-300, new UpperTail(row.requests, { rate, spread: model.spread }).from(limit)))
      row.errors.forEach((k, i) => {
        if (k >= limit) sum -= row.counts[i]! * (logKernel(row.requests, k, shapes) - beyond)
      })
    }
    return sum
  }
  const rate = leastOn(cost, model.rate, 1 - 1e-6)
  const attack: BetaBinomial = { rate, spread: model.spread }
  const share = excess / seen
  const tails = rows.map((row, r) => (seenOf[r]! > 0 ? new UpperTail(row.requests, attack) : undefined))
  const all = tails.map((tail, r) =>
    tail === undefined ? 0 : (share * seenOf[r]!) / Math.max(1 / (1 + mostHidden), tail.from(limits[r]!))
  )
  return {
    below,
    panes: seen,
    byChance,
    attacks: all.reduce((a, b) => a + b, 0),
    hiddenFrom: (r, k) => {
      const tail = tails[r]
      return tail === undefined || k >= limits[r]! ? 0 : all[r]! * (tail.from(k) - tail.from(limits[r]!))
    },
    chanceShare: 1 - share,
    bounds: limits
  }
}

/** The least point of a function of one variable with one valley: golden section. */
const leastOn = (f: (x: number) => number, from: number, to: number): number => {
  const golden = (Math.sqrt(5) - 1) / 2
  let [a, b] = [from, to]
  let [x, y] = [b - golden * (b - a), a + golden * (b - a)]
  let [fx, fy] = [f(x), f(y)]
  while (b - a > 1e-3) {
    if (fx < fy) {
      ;[b, y, fy] = [y, x, fx]
      x = b - golden * (b - a)
      fx = f(x)
    } else {
      ;[a, x, fx] = [x, y, fy]
      y = a + golden * (b - a)
      fy = f(y)
    }
  }
  return (a + b) / 2
}
