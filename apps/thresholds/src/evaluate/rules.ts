import {
  type DefaultDimension,
  defaultDimensions,
  leastErrors,
  mapDimensions,
  type PerDimension,
  type Threshold,
  wilson
} from "@chaussettes/domain"

/** From how many errors on a pane alerts, by dimension. */
export interface Rule {
  readonly name: string
  readonly least: PerDimension<(requests: number) => number>
}

const remembered = (least: (requests: number) => number): ((requests: number) => number) => {
  const known = new Map<number, number>()
  return (requests) => {
    let k = known.get(requests)
    if (k === undefined) {
      k = least(requests)
      known.set(requests, k)
    }
    return k
  }
}

export const ruleOf = (name: string, thresholds: PerDimension<Threshold>): Rule => ({
  name,
  least: mapDimensions((d) => remembered((n) => leastErrors(thresholds[d], n)))
})

/** Panes as pairs: what the candidates below are set by. */
export interface Panes {
  readonly requests: ReadonlyArray<number>
  readonly errors: ReadonlyArray<number>
}

/** A reservoir of panes (Vitter's algorithm R), so that candidates can be set on millions of them. */
export class Sample {
  readonly requests: Array<number> = []
  readonly errors: Array<number> = []
  seen = 0
  readonly #most: number
  readonly #uniform: () => number

  constructor(most: number, uniform: () => number) {
    this.#most = most
    this.#uniform = uniform
  }

  add(requests: number, errors: number): void {
    const at = this.seen++ < this.#most ? this.requests.length : Math.floor(this.#uniform() * this.seen)
    if (at >= this.#most) return
    this.requests[at] = requests
    this.errors[at] = errors
  }
}

/** One number: the 99th percentile of the panes' own rates. */
const percentileOfPanes = (panes: Panes, target: number): ((requests: number) => number) => {
  const rates = panes.requests.map((n, i) => panes.errors[i]! / n).sort((a, b) => a - b)
  const rate = rates[Math.min(rates.length - 1, Math.ceil(rates.length * (1 - target)))] ?? 1
  return remembered((n) => leastErrors(Math.min(1, rate), n))
}

/** One rate that the lower end of a pane's confidence interval must pass, set so that the target share does. */
const boundRule = (
  panes: Panes,
  target: number,
  lower: (errors: number, requests: number) => number
): ((requests: number) => number) => {
  const known = new Map<number, number>()
  const lowerOf = (k: number, n: number): number => {
    const key = n * 2 ** 26 + k
    let low = known.get(key)
    if (low === undefined) {
      low = lower(k, n)
      known.set(key, low)
    }
    return low
  }
  const bounds = panes.requests.map((n, i) => lowerOf(panes.errors[i]!, n)).sort((a, b) => a - b)
  const rate = bounds[Math.min(bounds.length - 1, Math.ceil(bounds.length * (1 - target)))] ?? 1
  return remembered((n) => {
    let [low, high] = [0, n + 1]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (lower(middle, n) > rate) high = middle
      else low = middle
    }
    return high
  })
}

/** One-sided 99 %. */
const z = 2.326

/** The continued fraction of the incomplete beta function (Press et al., "Numerical Recipes", 6.4). */
const betaFraction = (x: number, a: number, b: number): number => {
  const tiny = 1e-300
  const guarded = (v: number) => (Math.abs(v) < tiny ? tiny : v)
  let c = 1
  let d = 1 / guarded(1 - ((a + b) * x) / (a + 1))
  let h = d
  for (let m = 1; m <= 300; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / guarded(1 + even * d)
    c = guarded(1 + even / c)
    h *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / guarded(1 + odd * d)
    c = guarded(1 + odd / c)
    const change = d * c
    h *= change
    if (Math.abs(change - 1) < 1e-12) break
  }
  return h
}

/** P(X <= x) of a beta distribution. */
const betaCdf = (x: number, a: number, b: number, logBeta: (a: number, b: number) => number): number => {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(a * Math.log(x) + b * Math.log(1 - x) - logBeta(a, b))
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b
}

/** The 1 % quantile of Beta(k + 1/2, n - k + 1/2): the lower end of Jeffreys' interval. */
const jeffreysLow =
  (logBeta: (a: number, b: number) => number) =>
  (errors: number, requests: number): number => {
    if (errors === 0) return 0
    let [low, high] = [0, errors / requests]
    for (let i = 0; i < 30; i++) {
      const middle = (low + high) / 2
      if (betaCdf(middle, errors + 0.5, requests - errors + 0.5, logBeta) < 0.01) low = middle
      else high = middle
    }
    return (low + high) / 2
  }

/** The ways that were tried besides the ones that are built in; each is set on the same panes of the history. */
export const candidates = (
  samples: PerDimension<Panes>,
  target: number,
  logBeta: (a: number, b: number) => number
): ReadonlyArray<Rule> => {
  const of = (name: string, rule: (panes: Panes) => (requests: number) => number): Rule => {
    const least = {} as Record<DefaultDimension, (requests: number) => number>
    for (const d of defaultDimensions) least[d] = rule(samples[d])
    return { name, least }
  }
  return [
    of("percentile of panes", (panes) => percentileOfPanes(panes, target)),
    of("Wilson bound", (panes) => boundRule(panes, target, (k, n) => wilson(k, n, z).low)),
    of("Jeffreys bound", (panes) => boundRule(panes, target, jeffreysLow(logBeta)))
  ]
}
