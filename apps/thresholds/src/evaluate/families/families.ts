import { dayMs, type Site } from "./site.ts"

const hourMs = 3_600_000
const plain = { requests: 60, urls: 20, ips: 60, rates: [0.04, 0.01] } as const

const day = (ms: number): number => 1 + 0.6 * Math.sin((2 * Math.PI * (ms - 9 * hourMs)) / dayMs)
const week = (ms: number): number => day(ms) * (Math.floor(ms / dayMs) % 7 >= 5 ? 0.5 : 1)

/** Independent families of traffic without any incident: what a method must not be woken by. `days` is how long the whole takes. */
export const families = (seed: number, days: number): ReadonlyArray<Site> => {
  const of = (name: string, more: Partial<Site>): Site => ({ ...plain, seed, name, ...more })
  return [
    of("stationary", {}),
    of("rhythm of day and week", { volume: week }),
    of("bots at night, other addresses each night", { volume: week, nightBots: { requests: 60, urls: 12 } }),
    of("bots at night on 5,000 URLs", { volume: day, nightBots: { requests: 60, urls: 5_000 } }),
    of("drift, × 2 in 14 days", { level: (ms) => 2 ** (ms / (14 * dayMs)) }),
    of("a step × 1.5 in the middle", { level: (ms) => (ms < (days * dayMs) / 2 ? 1 : 1.5) }),
    of("a rate that halves", { level: (ms) => (ms < (days * dayMs) / 2 ? 1 : 0.5) }),
    of("crawler storms, 3 an hour", { storms: 3 }),
    of("clients that live ten minutes", { clientLifeMs: 600_000 }),
    of("one URL with 60 %", { topShare: 0.6 }),
    of("health checks", { health: 200 }),
    of("health checks that always fail", { health: 404 }),
    of("broken assets", { brokenAssets: 0.6 }),
    of("0.01 % errors", { rates: [0.00008, 0.00002] }),
    of("40 % errors", { rates: [0.38, 0.02] }),
    of("a request a minute", { requests: 1 / 6, urls: 10, ips: 30 }),
    of("rates that wander, minutes", { wander: { correlation: 0.9, deviation: 0.2 } }),
    of("rates that wander, hours", { wander: { correlation: 0.999, deviation: 0.3 } })
  ]
}

/** A small site as the internet treats it: scanners of all sizes, moments in which the server fails, people who ask for a page or two. */
export const restlessSite = (seed: number): Site => ({
  ...plain,
  name: "scanners and restarts, twelve a day each",
  seed,
  requests: 25,
  urls: 60,
  ips: 800,
  clientLifeMs: 3_600_000,
  rates: [0.06, 0.004],
  volume: week,
  scans: 12,
  blips: 12,
  wander: { correlation: 0.999, deviation: 0.2 }
})
