import {
  type Calibration,
  calibrate,
  type DefaultDimension,
  defaultDimensions,
  defaultMostUnexplained,
  defaultSettings,
  defaultTarget,
  forbidding,
  History,
  leastErrors,
  mapDimensions,
  type PerDimension,
  refusalText,
  thresholdAt
} from "@chaussettes/domain"
import { families, restlessSite } from "./families/families.ts"
import { dayMs, type Fault, type Site, SiteTraffic, strangers, windowMs } from "./families/site.ts"
import type { SiteWindow } from "./families/window.ts"

/** The thresholds on traffic that is not made by the model which they are fitted with: learnt from some days, judged on later ones. */
export interface TrafficScale {
  readonly learntDays: number
  readonly judgedDays: number
}

/** Learnt from Monday of a week to Friday of the next; judged from Saturday to Tuesday. */
export const trafficScale: TrafficScale = { learntDays: 12, judgedDays: 4 }

/** Ten minutes, of which in turn none is attacked, one is by an outage, none, and one by a URL. */
const spanWindows = 60
/** A quarter of a day. */
const quarters = 4
const brokenUrl = 2

const outage: Fault = { urlRate: (_, own) => [own[0], own[1] + 0.05] }
const broken: Fault = { urlRate: (url, own) => (url === brokenUrl ? [own[0], 0.3] : own) }

export interface Delays {
  readonly trials: number
  readonly seen: number
  readonly withinTwo: number
  /** In windows; one that is not seen counts as long as it lasts. */
  readonly mean: number
}

export interface OfDimension {
  /** Why it got no threshold. */
  readonly refused: string | undefined
  readonly byHour: boolean
  /** What the learning said would alert, incidents included. */
  readonly told: number
  /** Shares of the later panes without an attack that alert: all of them, and of the worst quarter of a weekday or of a day at the weekend. */
  readonly share: number
  readonly worst: number
  /** Of the panes, the share that would alert if all requests failed. */
  readonly sees: number
}

export interface TrafficResult {
  readonly traffic: string
  readonly refusal: string | undefined
  readonly by: { readonly [dimension in DefaultDimension]: OfDimension }
  readonly outage: Delays
  readonly url: Delays
}

type Part = { panes: number; alerts: number }

const least = defaultSettings.leastRequests

const tellAll = (
  window: SiteWindow,
  see: (d: DefaultDimension, requests: number, errors: number, key: number) => void
) => {
  if (window.requests >= least.global) see("global", window.requests, window.errors[0] + window.errors[1], 0)
  for (const d of ["ip", "url"] as const) {
    const panes = window[d]
    for (let i = 0; i < panes.count; i++) {
      if (panes.requests(i) >= least[d]) see(d, panes.requests(i), panes.errors(i), panes.hash(i))
    }
  }
}

export const runTraffic = (
  site: Site,
  { learntDays, judgedDays }: TrafficScale,
  /** What goes wrong in the history. */
  faultAt: (ms: number) => Fault = () => ({})
): TrafficResult => {
  const traffic = new SiteTraffic(site)
  const history = new History()
  const perDay = dayMs / windowMs
  for (let i = 0; i < learntDays * perDay; i++) {
    const window = traffic.next(faultAt(i * windowMs))
    tellAll(window, (d, n, k, key) => history.pane(d, n, k, Math.imul(key + 1, 0x9e3779b1)))
    history.windowClosed(window.startMs)
  }
  const calibrations = calibrate(history, {
    target: defaultTarget,
    leastRequests: least,
    mostUnexplained: defaultMostUnexplained
  })
  const refusal = forbidding(calibrations)
  const judged = judge(traffic, judgedDays * perDay, calibrations)
  return {
    traffic: site.name,
    refusal: refusal && `${refusal.dimension}: ${refusalText(refusal.refusal)}`,
    ...judged
  }
}

const judge = (
  traffic: SiteTraffic,
  windows: number,
  calibrations: PerDimension<Calibration>
): Pick<TrafficResult, "by" | "outage" | "url"> => {
  const parts = mapDimensions(() => Array.from({ length: 2 * quarters }, (): Part => ({ panes: 0, alerts: 0 })))
  const delays = { outage: [] as Array<number>, url: [] as Array<number> }
  let first: number | undefined
  for (let i = 0; i < windows; i++) {
    const [span, into] = [Math.floor(i / spanWindows) % 4, i % spanWindows]
    if (into === 0) first = undefined
    const window = traffic.next(span === 1 ? outage : span === 3 ? broken : {})
    const time = new Date(window.startMs)
    const quarter = Math.floor(time.getUTCHours() / 6) + (time.getUTCDay() % 6 === 0 ? quarters : 0)
    tellAll(window, (d, n, k, key) => {
      const c = calibrations[d]!
      const breaches = c._tag === "Calibrated" && k >= leastErrors(thresholdAt(c.threshold, window.startMs), n)
      if (span % 2 === 0) {
        const part = parts[d]![quarter]!
        part.panes++
        if (breaches) part.alerts++
      } else if (breaches && (span === 1 ? d === "global" : d === "url" && key === brokenUrl)) first ??= into + 1
    })
    if (into === spanWindows - 1 && span % 2 === 1) {
      delays[span === 1 ? "outage" : "url"].push(first ?? Number.POSITIVE_INFINITY)
    }
  }
  return {
    by: mapDimensions((d) => ofDimension(calibrations[d]!, parts[d]!)) as TrafficResult["by"],
    outage: delaysOf(delays.outage),
    url: delaysOf(delays.url)
  }
}

/** A quarter of fewer panes says nothing of a share of a hundredth. */
const leastPanes = 500

const ofDimension = (calibration: Calibration, parts: ReadonlyArray<Part>): OfDimension => {
  const sum = parts.reduce((a, b) => ({ panes: a.panes + b.panes, alerts: a.alerts + b.alerts }))
  const shares = parts.filter(({ panes }) => panes >= leastPanes).map(({ panes, alerts }) => alerts / panes)
  return {
    refused: calibration._tag === "Refused" ? refusalText(calibration.refusal) : undefined,
    byHour:
      calibration._tag === "Calibrated" &&
      typeof calibration.threshold !== "number" &&
      calibration.threshold.hours !== undefined,
    told: calibration.figures?.alerting ?? 0,
    share: sum.panes === 0 ? 0 : sum.alerts / sum.panes,
    worst: Math.max(0, ...shares),
    sees: calibration.figures?.sees ?? 0
  }
}

const delaysOf = (delays: ReadonlyArray<number>): Delays => ({
  trials: delays.length,
  seen: delays.filter((d) => d <= spanWindows).length,
  withinTwo: delays.filter((d) => d <= 2).length,
  mean: delays.reduce((sum, d) => sum + Math.min(d, spanWindows), 0) / delays.length
})

/** Whether clean panes alert no more than is promised, or than was told; or nothing was published. */
export const isKept = ({ refused, share, told, worst }: OfDimension): boolean =>
  refused !== undefined || (share <= 1.5 * Math.max(defaultTarget, told) && worst <= 3 * Math.max(defaultTarget, told))

/** What begins after the history was read cannot be learned from it: the page shows what comes of it, and nothing is promised. */
export const unforeseen = "× 1.5 after it"

export const brokenIn = (result: TrafficResult): ReadonlyArray<DefaultDimension> =>
  result.refusal !== undefined ? [] : defaultDimensions.filter((d) => !isKept(result.by[d]))

/** Each kind of traffic that is tried, and what of its history is attacked. */
export interface TrafficCase {
  readonly site: Site
  readonly faultAt?: (ms: number) => Fault
}

export const trafficCases = (seed: number, { learntDays, judgedDays }: TrafficScale): ReadonlyArray<TrafficCase> => {
  const whole = families(seed, 2 * learntDays)
  const stationary = whole[0]!
  const endMs = learntDays * dayMs
  const step = (name: string, atMs: number, times: number): TrafficCase => ({
    site: { ...stationary, name, level: (ms) => (ms < atMs ? 1 : times) }
  })
  // Steps of the families lie in the middle of what they are told to last.
  const steps = new Set(["a step × 1.5 in the middle", "a rate that halves"])
  return [
    ...whole.filter(({ name }) => !steps.has(name)).map((site) => ({ site })),
    { site: restlessSite(seed) },
    step("× 1.5 in the middle of the history", endMs / 2, 1.5),
    step("× 2 in the middle of the history", endMs / 2, 2),
    step("half in the middle of the history", endMs / 2, 0.5),
    step("half before its last quarter", 0.75 * endMs, 0.5),
    step("× 1.5 in its last tenth", 0.9 * endMs, 1.5),
    step(unforeseen, endMs, 1.5),
    ...attacked(stationary).map((of) => ({ ...of }))
  ].map((of) => ({ ...of, site: { ...of.site, seed: seed + judgedDays } }))
}

/** Ten minutes of an attack, this share of them. */
const attacked = (site: Site): ReadonlyArray<TrafficCase> => {
  const spans = (share: number, fault: Fault) => (ms: number) => {
    const span = Math.floor(ms / (spanWindows * windowMs))
    return (Math.imul(span + 1, 0x9e3779b1) >>> 0) / 2 ** 32 < share ? fault : {}
  }
  const more = (points: number): Fault => ({ urlRate: (_, own) => [own[0], own[1] + points] })
  const swarm = (clients: number, requests: number): Fault => ({
    *extra(random) {
      for (let client = 0; client < clients; client++) {
        for (let i = 0; i < requests; i++) {
          const url = Math.floor(random.uniform() * site.urls)
          yield { ip: strangers + 2_000 + client, url, status: random.uniform() < 0.6 ? 404 : 200 }
        }
      }
    }
  })
  return [
    { site: { ...site, name: "all traffic +3 points for 20% of the history" }, faultAt: spans(0.2, more(0.03)) },
    { site: { ...site, name: "all traffic +5 points for 50% of the history" }, faultAt: spans(0.5, more(0.05)) },
    {
      site: { ...site, name: "20 clients of 6 requests at 60% for 5% of the history" },
      faultAt: spans(0.05, swarm(20, 6))
    },
    {
      site: { ...site, name: "50 clients of 5 requests at 60% for 5% of the history" },
      faultAt: spans(0.05, swarm(50, 5))
    }
  ]
}
