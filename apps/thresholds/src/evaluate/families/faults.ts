import type { IncidentEvent } from "@chaussettes/domain"
import type { Random } from "../random.ts"
import { type Fault, type Site, type SiteTraffic, strangers, swarmFrom } from "./site.ts"

/** What fails: its requests a window, its rate before and after, and among how many keys it is one. */
export interface Change {
  readonly requests: number
  readonly before: number
  readonly after: number
  readonly keys: number
}

/** A planted fault: what goes wrong, how it is rightly named, and what it is against. */
export interface Planted {
  readonly name: string
  readonly fault: (site: Site, random: Random) => Fault
  readonly isRight: (event: IncidentEvent) => boolean
  /** Requests a window of what fails, its rate before and after: for Lorden's bound. */
  readonly change: (site: Site, own: SiteTraffic, ms: number) => Change
  readonly mostWindows: number
}

const urlName = (url: number) => (url === 0 ? "/" : `/${url % 3 === 0 ? "api" : "page"}/${url}`)

const everywhere = (points: number, mostWindows: number): Planted => ({
  name: `all traffic +${points * 100} points of 5xx`,
  fault: () => ({ urlRate: (_, [p4, p5]) => [p4, p5 + points] }),
  isRight: (e) => e.kind === "server-errors" && e.cause.dimension === "global",
  change: (site, own, ms) => ({
    requests: own.requests(ms),
    before: site.rates[1],
    after: site.rates[1] + points,
    keys: 1
  }),
  mostWindows
})

const oneUrl = (url: number, rate: number, mostWindows: number): Planted => ({
  name: `URL of ${url === 2 ? "5" : "0.8"} requests a window at ${rate * 100} % 5xx`,
  fault: () => ({ urlRate: (u, own) => (u === url ? [own[0], rate] : own) }),
  isRight: (e) => e.kind === "server-errors" && e.cause.key === urlName(url) && e.cause.key_count === 1,
  change: (site, own, ms) => ({
    requests: own.requests(ms, url),
    before: own.rate(url)[1],
    after: rate,
    keys: site.urls
  }),
  mostWindows
})

const oneClient = (requests: number, rate: number): Planted => ({
  name: `a client of ${requests} requests a window at ${rate * 100} % 404`,
  fault: (site) => ({
    *extra(random) {
      for (let i = 0; i < requests; i++) {
        const url = Math.floor(random.uniform() * site.urls)
        yield { ip: strangers + 7, url, status: random.uniform() < rate ? 404 : 200 }
      }
    }
  }),
  isRight: (e) =>
    (e.kind === "client-errors" || e.kind === "spike") && e.cause.dimension === "ip" && e.cause.key_count === 1,
  change: (site) => ({ requests, before: site.rates[0], after: rate, keys: site.ips }),
  mostWindows: 60
})

export const planted: ReadonlyArray<Planted> = [
  everywhere(0.01, 360),
  everywhere(0.02, 120),
  everywhere(0.05, 60),
  everywhere(0.1, 60),
  oneUrl(2, 0.1, 240),
  oneUrl(2, 0.3, 120),
  oneUrl(2, 0.6, 60),
  oneUrl(19, 1, 120),
  oneClient(20, 0.3),
  oneClient(20, 1),
  oneClient(100, 0.5),
  {
    name: "1,000 addresses of a /16, 40 requests a window, all 403",
    fault: (site) => ({
      *extra(random) {
        for (let i = 0; i < 40; i++) {
          const ip = swarmFrom + Math.floor(random.uniform() * 1_000) * 64
          yield { ip, url: Math.floor(random.uniform() * site.urls), status: 403 }
        }
      }
    }),
    isRight: (e) => e.cause.dimension === "network" && e.cause.key === "198.18.0.0/16",
    change: (site) => ({ requests: 40, before: site.rates[0], after: 1, keys: site.ips }),
    mostWindows: 30
  },
  {
    name: "a back end behind a third of the URLs at 40 % 5xx",
    fault: () => ({ urlRate: (u, own) => (u % 3 === 0 ? [own[0], 0.4] : own) }),
    isRight: (e) => e.cause.dimension === "url" && e.cause.keys.every((key) => key === "/" || key.startsWith("/api/")),
    change: (site, own, ms) => {
      let requests = 0
      for (let u = 0; u < site.urls; u += 3) requests += own.requests(ms, u)
      return { requests, before: site.rates[1], after: 0.4, keys: site.urls }
    },
    mostWindows: 30
  },
  {
    name: "a deployment: 25 % 500 everywhere",
    fault: () => ({ urlRate: (_, own) => [own[0], 0.25] }),
    isRight: (e) => e.kind === "server-errors" && e.cause.dimension === "global",
    change: (site, own, ms) => ({ requests: own.requests(ms), before: site.rates[1], after: 0.25, keys: 1 }),
    mostWindows: 30
  },
  {
    name: "silence",
    fault: () => ({ volume: 0 }),
    isRight: (e) => e.kind === "silence" || e.kind === "drop",
    change: (_, own, ms) => ({ requests: own.requests(ms), before: 0.632, after: 1, keys: 1 }),
    mostWindows: 30
  }
]
