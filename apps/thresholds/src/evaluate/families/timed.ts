import { RequestTimes, type WindowPanes } from "@chaussettes/domain"
import { type Random, randomOf } from "../random.ts"
import { dayMs, type Fault, type Site, SiteTraffic, windowMs } from "./site.ts"

/** A site whose log says how long requests took: lognormal, by URL, with a tail of requests that take ten times as long. */
export interface TimedSite extends Site {
  /** Requests at a time take so many times as long as usually. */
  readonly load?: (ms: number) => number
  /** So does the whole site, by chance: correlation of one window with the next, standard deviation of the logarithm. */
  readonly drag?: { readonly correlation: number; readonly deviation: number }
}

/** So many times as long a URL's requests take than they would. */
export type Slower = (url: number) => number

const tailShare = 0.01
const tailTimes = 10

/** What a URL's requests take: the logarithm of the median in microseconds, and its deviation. */
interface UrlTimes {
  readonly mu: number
  readonly sigma: number
}

export const timesOf = ({ seed, urls }: Site): ReadonlyArray<UrlTimes> => {
  const random = randomOf(seed * 31 + 7)
  return Array.from({ length: urls + 1 }, () => ({
    mu: Math.log(60_000) + 0.8 * random.normal(),
    sigma: 0.7 + 0.4 * random.uniform()
  }))
}

/** The windows of `SiteTraffic`, with request times. */
export class TimedTraffic {
  readonly #site: TimedSite
  readonly #traffic: SiteTraffic
  readonly #times: ReadonlyArray<UrlTimes>
  readonly #random: Random
  #drag = 0
  #at: number

  constructor(site: TimedSite, life = 0, fromMs = 0) {
    this.#site = site
    this.#traffic = new SiteTraffic(site, life, fromMs)
    this.#times = timesOf(site)
    this.#random = randomOf(site.seed * 6_007 + life * 15_013 + 3)
    this.#at = fromMs
  }

  /** Mean requests a window of a URL at a time. */
  requests(ms: number, url: number): number {
    return this.#traffic.requests(ms, url)
  }

  next(slower: Slower = () => 1, fault: Fault = {}): WindowPanes {
    const window = this.#traffic.next(fault)
    const random = this.#random
    const { load, drag } = this.#site
    if (drag !== undefined)
      this.#drag =
        drag.correlation * this.#drag + Math.sqrt(1 - drag.correlation ** 2) * drag.deviation * random.normal()
    const whole = Math.log(load?.(this.#at) ?? 1) + this.#drag
    this.#at += windowMs
    const times = new RequestTimes()
    for (let i = 0; i < window.url.count; i++) {
      const url = window.url.hash(i)
      const { mu, sigma } = this.#times[Math.min(url, this.#times.length - 1)]!
      const shift = mu + whole + Math.log(slower(url))
      for (let n = window.url.requests(i); n > 0; n--) {
        const tail = random.uniform() < tailShare ? Math.log(tailTimes) : 0
        const client = Math.floor(random.uniform() * window.ip.count)
        times.add(i, client, Math.floor(Math.exp(shift + tail + sigma * random.normal())))
      }
    }
    return Object.assign(window, { times })
  }
}

/** A day's rhythm of load: slowest at three in the afternoon. */
export const afternoons = (ms: number): number => 1.4 ** Math.sin((2 * Math.PI * (ms - 9 * 3_600_000)) / dayMs)
