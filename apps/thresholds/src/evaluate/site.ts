import { type Random, randomOf } from "./random.ts"

/** A simulated site: who asks for what how often, and how often it fails. */
export interface SiteOptions {
  readonly seed: number
  /** Mean requests a window, over all keys. */
  readonly requests: number
  /** Mean error rate. */
  readonly errorRate: number
  readonly windowMs: number
  readonly ips: number
  readonly urls: number
  /** Key i is asked for in proportion to 1/i^zipf. */
  readonly zipf: number
  /** Between keys: the base rates are beta distributed with this correlation. */
  readonly between: number
  /** Within a key: the rate of each of its panes is beta distributed about its base rate with this correlation. */
  readonly within: number
  /** What all keys share: the logarithm of a window's odds has this standard deviation. */
  readonly shared: number
  /** Requests rise and fall over a day by this share of the mean. */
  readonly rhythm: number
  /** Days of history, or of what comes after it. */
  readonly days: number
}

export interface Pane {
  /** The key's place among its site's keys, the most popular first; 0 for all traffic. */
  readonly key: number
  readonly requests: number
  readonly errors: number
}

/** What a simulated window gives: the panes of every key, without those of no request. */
export interface SimulatedWindow {
  readonly startMs: number
  readonly ip: ReadonlyArray<Pane>
  readonly url: ReadonlyArray<Pane>
  readonly global: Pane
}

interface Key {
  readonly share: number
  readonly rate: number
}

const keysOf = (random: Random, count: number, options: SiteOptions): ReadonlyArray<Key> => {
  const weights = Array.from({ length: count }, (_, i) => 1 / (i + 1) ** options.zipf)
  const sum = weights.reduce((a, b) => a + b, 0)
  const size = (1 - options.between) / options.between
  const rates = weights.map(() => random.beta(options.errorRate * size, (1 - options.errorRate) * size))
  // The few popular keys would decide the site's rate by chance: all are scaled to the mean that was asked for.
  const mean = rates.reduce((total, rate, i) => total + (rate * weights[i]!) / sum, 0)
  return weights.map((w, i) => ({ share: w / sum, rate: Math.min(0.95, (rates[i]! * options.errorRate) / mean) }))
}

export const dayMs = 86_400_000
/** A Monday at midnight UTC. */
export const simulationStartMs = 1_767_571_200_000

/** The site's windows in the order of time. `days` begins where the history of `skipDays` would have ended. */
export function* simulate(options: SiteOptions, skipDays = 0): Generator<SimulatedWindow> {
  const made = randomOf(options.seed)
  const ips = keysOf(made, options.ips, options)
  const urls = keysOf(made, options.urls, options)
  const random = randomOf(options.seed * 7_919 + skipDays * 104_729 + 1)
  const size = (1 - options.within) / options.within
  const panesOf = (keys: ReadonlyArray<Key>, level: number, odds: number): Array<Pane> => {
    const panes: Array<Pane> = []
    keys.forEach((key, i) => {
      const requests = random.poisson(key.share * level)
      if (requests === 0) return
      const mean = (key.rate * odds) / (1 + key.rate * (odds - 1))
      const rate = random.beta(mean * size, (1 - mean) * size)
      panes.push({ key: i, requests, errors: random.binomial(requests, rate) })
    })
    return panes
  }
  const first = simulationStartMs + skipDays * dayMs
  for (let startMs = first; startMs < first + options.days * dayMs; startMs += options.windowMs) {
    const level = options.requests * (1 + options.rhythm * Math.sin((2 * Math.PI * startMs) / dayMs))
    const odds = Math.exp(options.shared * random.normal())
    const ip = panesOf(ips, level, odds)
    const url = panesOf(urls, level, odds)
    let [requests, errors] = [0, 0]
    for (const pane of ip) {
      requests += pane.requests
      errors += pane.errors
    }
    yield { startMs, ip, url, global: { key: 0, requests, errors } }
  }
}
