import { type Random, randomOf } from "../random.ts"
import { SiteWindow } from "./window.ts"

export const dayMs = 86_400_000
const hourMs = 3_600_000
export const windowMs = 10_000
/** A Monday at midnight UTC. */
const firstMs = 1_767_571_200_000

/** A site whose traffic does what real traffic does: independent of the model that judges it. Times are ms since its first window. */
export interface Site {
  readonly name: string
  readonly seed: number
  /** Mean requests a window. */
  readonly requests: number
  readonly urls: number
  readonly ips: number
  /** Mean share of 4xx and of 5xx. */
  readonly rates: readonly [client: number, server: number]
  /** Volume at a time, as a multiple of the mean. */
  readonly volume?: (ms: number) => number
  /** Errors at a time, as a multiple of each URL's rate. */
  readonly level?: (ms: number) => number
  /** Rates wander: correlation of one window with the next, standard deviation of the log odds. */
  readonly wander?: { readonly correlation: number; readonly deviation: number }
  /** Part of the traffic that the most popular URL has. */
  readonly topShare?: number
  /** Clients are others after so long. */
  readonly clientLifeMs?: number
  /** Bots between 22 and 6 o'clock: requests a window at 15 % 404 from addresses of that night, on so many URLs. */
  readonly nightBots?: { readonly requests: number; readonly urls: number }
  /** Crawlers: storms an hour, each of two minutes, 40 requests a window at 30 % 404. */
  readonly storms?: number
  /** Scanners a day, each a client of its own that asks for what is not there: 60 requests at the median, thousands at times. */
  readonly scans?: number
  /** Times a day that the server fails for a moment (a restart, a slow query): 4 requests at the median, a hundred at times. */
  readonly blips?: number
  /** One URL is asked for three times a window and always answers with this status. */
  readonly health?: number
  /** One URL in ten fails so often, always. */
  readonly brokenAssets?: number
}

/** What goes wrong: requests of a window that fail though they would not have, or come though they would not have. */
export interface Fault {
  /** A URL's share of 4xx and 5xx in place of its own. */
  readonly urlRate?: (url: number, own: readonly [number, number]) => readonly [number, number]
  /** Requests that come on top: of a client, to a URL, with a status. */
  readonly extra?: (random: Random) => Iterable<{ readonly ip: number; readonly url: number; readonly status: number }>
  readonly volume?: number
}

/** Keys from here on are not of the site's own people. */
export const strangers = 1_000_000
/** A network of strangers: addresses of 198.18.0.0/16. */
export const swarmFrom = 3_000_000

const ipText = (ip: number): string => {
  if (ip >= swarmFrom) return `198.18.${((ip - swarmFrom) >> 8) & 255}.${(ip - swarmFrom) & 255}`
  // People come from everywhere: neighbours in number are no neighbours in the network.
  const x = Math.imul(ip + 1, 0x9e3779b1) >>> 0
  return `${(x % 190) + 1}.${(x >>> 8) & 255}.${(x >>> 16) & 255}.${(x >>> 24) & 255}`
}
const urlText = (url: number): string => (url === 0 ? "/" : `/${url % 3 === 0 ? "api" : "page"}/${url}`)

const weightsOf = (count: number, topShare: number | undefined): ReadonlyArray<number> => {
  const weights = Array.from({ length: count }, (_, i) => 1 / (i + 1))
  const sum = weights.reduce((a, b) => a + b, 0)
  if (topShare === undefined) return weights.map((w) => w / sum)
  return weights.map((w, i) => (i === 0 ? topShare : ((1 - topShare) * w) / (sum - 1)))
}

/** The site's windows, one after the other; `fault` says what goes wrong in the next one. */
export class SiteTraffic {
  readonly #site: Site
  readonly #random: Random
  readonly #weights: ReadonlyArray<number>
  readonly #rates: ReadonlyArray<readonly [number, number]>
  readonly #ipEnds: Float64Array
  #wander = 0
  #at = 0
  #storm: { until: number; ip: number } | undefined
  #storms = 0
  #scans: Array<{ readonly ip: number; left: number; readonly pace: number }> = []
  #scanners = 0
  #blips: Array<{ readonly url: number; left: number; readonly pace: number }> = []

  constructor(site: Site, life = 0, fromMs = 0) {
    this.#site = site
    const made = randomOf(site.seed)
    this.#weights = weightsOf(site.urls, site.topShare)
    const draw = (mean: number) => {
      const rates = this.#weights.map(() => made.beta(1.5, 1.5 / Math.max(1e-6, mean) - 1.5))
      const whole = rates.reduce((sum, rate, i) => sum + rate * this.#weights[i]!, 0)
      return rates.map((rate) => Math.min(0.9, (rate * mean) / whole))
    }
    const [client, server] = [draw(site.rates[0]), draw(site.rates[1])]
    this.#rates = client.map((rate, i) => [
      site.brokenAssets !== undefined && i % 10 === 5 ? site.brokenAssets : rate,
      server[i]!
    ])
    const ipWeights = Array.from({ length: site.ips }, (_, i) => 1 / (i + 5))
    const ipSum = ipWeights.reduce((a, b) => a + b, 0)
    let end = 0
    this.#ipEnds = Float64Array.from(ipWeights, (w) => (end += w / ipSum))
    this.#random = randomOf(site.seed * 7_919 + life * 104_729 + 1)
    this.#at = fromMs
  }

  /** Shares of 4xx and 5xx that are a URL's own. */
  rate(url: number): readonly [client: number, server: number] {
    return this.#rates[url]!
  }

  /** Mean requests a window of a URL, or of the whole site, at a time. */
  requests(ms: number, url?: number): number {
    return this.#site.requests * (this.#site.volume?.(ms) ?? 1) * (url === undefined ? 1 : this.#weights[url]!)
  }

  next(fault: Fault = {}): SiteWindow {
    const site = this.#site
    const random = this.#random
    const ms = this.#at
    this.#at += windowMs
    const window = new SiteWindow(firstMs + ms, windowMs, urlText, ipText)
    const level = site.requests * (site.volume?.(ms) ?? 1) * (fault.volume ?? 1)
    let odds = site.level?.(ms) ?? 1
    if (site.wander !== undefined) {
      const { correlation: r, deviation } = site.wander
      this.#wander = r * this.#wander + Math.sqrt(1 - r * r) * random.normal()
      odds *= Math.exp(deviation * this.#wander)
    }
    let fine = 0
    for (let url = 0; url < site.urls; url++) {
      const requests = random.poisson(level * this.#weights[url]!)
      if (requests === 0) continue
      const own = this.#rates[url]!
      const usual = [Math.min(0.95, own[0] * odds), Math.min(0.95, own[1] * odds)] as const
      const [p4, p5] = fault.urlRate?.(url, usual) ?? usual
      fine += this.#requests(window, url, requests, p4, p5)
    }
    if (site.health !== undefined) {
      window.toUrl(site.urls, 3, site.health >= 400 && site.health < 500 ? 3 : 0, site.health >= 500 ? 3 : 0)
      if (site.health < 400) window.fine(strangers - 1, 3)
      else for (let i = 0; i < 3; i++) window.failed(strangers - 1, site.urls, site.health)
    }
    this.#bots(window, ms)
    this.#scan(window)
    this.#blip(window, ms)
    for (const { ip, url, status } of fault.extra?.(random) ?? []) {
      window.toUrl(url, 1, status >= 400 && status < 500 ? 1 : 0, status >= 500 ? 1 : 0)
      if (status >= 400) window.failed(ip, url, status)
      else window.fine(ip, 1)
    }
    this.#fine(window, fine, ms)
    return window
  }

  #requests(window: SiteWindow, url: number, requests: number, p4: number, p5: number): number {
    const e4 = this.#random.binomial(requests, p4)
    const e5 = this.#random.binomial(requests - e4, Math.min(1, p5 / Math.max(1e-9, 1 - p4)))
    window.toUrl(url, requests, e4, e5)
    for (let i = 0; i < e4; i++) window.failed(this.#client(window.startMs - firstMs), url, 404)
    for (let i = 0; i < e5; i++) window.failed(this.#client(window.startMs - firstMs), url, 500)
    return requests - e4 - e5
  }

  #fine(window: SiteWindow, requests: number, ms: number): void {
    if (requests <= 4 * this.#site.ips) {
      for (let i = 0; i < requests; i++) window.fine(this.#client(ms), 1)
      return
    }
    let before = 0
    for (let i = 0; i < this.#site.ips; i++) {
      const n = this.#random.poisson(requests * (this.#ipEnds[i]! - before))
      before = this.#ipEnds[i]!
      if (n > 0) window.fine(this.#generation(i, ms), n)
    }
  }

  #client(ms: number): number {
    const ends = this.#ipEnds
    const u = this.#random.uniform()
    let [low, high] = [0, ends.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (ends[middle]! < u) low = middle + 1
      else high = middle
    }
    return this.#generation(low, ms)
  }

  #generation(ip: number, ms: number): number {
    const { clientLifeMs, ips } = this.#site
    return clientLifeMs === undefined ? ip : ip + (Math.floor(ms / clientLifeMs) % 1_000) * ips
  }

  #bots(window: SiteWindow, ms: number): void {
    const { nightBots, storms, urls } = this.#site
    const random = this.#random
    const hour = (ms % dayMs) / hourMs
    if (nightBots !== undefined && (hour >= 22 || hour < 6)) {
      const night = Math.floor((ms + 2 * hourMs) / dayMs)
      const n = random.poisson(nightBots.requests)
      for (let i = 0; i < n; i++) {
        const ip = strangers + night * 1_000 + Math.floor(random.uniform() * 60)
        const url = urls + 1 + Math.floor(random.uniform() * nightBots.urls)
        this.#visit(window, ip, url, 0.15)
      }
    }
    if (storms === undefined) return
    if (this.#storm === undefined && random.uniform() < (storms * windowMs) / hourMs) {
      this.#storm = { until: ms + 120_000, ip: strangers + 500_000 + this.#storms++ }
    }
    if (this.#storm === undefined) return
    for (let i = 0; i < 40; i++) this.#visit(window, this.#storm.ip, urls + 1 + Math.floor(random.uniform() * 500), 0.3)
    if (ms >= this.#storm.until) this.#storm = undefined
  }

  #scan(window: SiteWindow): void {
    const { scans, urls } = this.#site
    if (scans === undefined) return
    const random = this.#random
    if (random.uniform() < (scans * windowMs) / dayMs) {
      const left = Math.ceil(60 * Math.exp(1.6 * random.normal()))
      this.#scans.push({ ip: strangers + 600_000 + this.#scanners++, left, pace: 3 + 60 * random.uniform() ** 3 })
    }
    for (const scan of this.#scans) {
      const n = Math.min(scan.left, random.poisson(scan.pace))
      scan.left -= n
      for (let i = 0; i < n; i++) {
        this.#visit(window, scan.ip, urls + 1 + Math.floor(random.uniform() * 3_000), 0.95)
      }
    }
    if (this.#scans.some((scan) => scan.left === 0)) this.#scans = this.#scans.filter((scan) => scan.left > 0)
  }

  #blip(window: SiteWindow, ms: number): void {
    const { blips, urls } = this.#site
    if (blips === undefined) return
    const random = this.#random
    if (random.uniform() < (blips * windowMs) / dayMs) {
      const left = Math.ceil(4 * Math.exp(1.2 * random.normal()))
      // Half of them are of one URL.
      const url = random.uniform() < 0.5 ? Math.floor(random.uniform() * urls) : -1
      this.#blips.push({ url, left, pace: 1 + 20 * random.uniform() })
    }
    for (const blip of this.#blips) {
      const n = Math.min(blip.left, random.poisson(blip.pace))
      blip.left -= n
      for (let i = 0; i < n; i++) {
        const url = blip.url >= 0 ? blip.url : Math.floor(random.uniform() * urls)
        window.toUrl(url, 1, 0, 1)
        window.failed(this.#client(ms), url, 502)
      }
    }
    if (this.#blips.some((blip) => blip.left === 0)) this.#blips = this.#blips.filter((blip) => blip.left > 0)
  }

  #visit(window: SiteWindow, ip: number, url: number, rate: number): void {
    const fails = this.#random.uniform() < rate
    window.toUrl(url, 1, fails ? 1 : 0, 0)
    if (fails) window.failed(ip, url, 404)
    else window.fine(ip, 1)
  }
}
