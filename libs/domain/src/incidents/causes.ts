import { logGamma } from "../thresholds/numerics.ts"
import { type Excursion, type Expected, gainOf, rateOfExpected, type Scan, strengthOf } from "./evidence.ts"
import { incidentLimits } from "./incident-limits.ts"
import { networksOf } from "./network.ts"
import {
  type CauseDimension,
  type ClassIndex,
  classOfStatus,
  type JointError,
  type KeyedCause,
  keyedCauses
} from "./panes.ts"
import { sectionOf } from "./sections.ts"

/** A key (or all traffic) with evidence for too many errors of one class. */
export interface Series {
  readonly dimension: CauseDimension
  readonly key: string
  readonly expected: Expected
  readonly strength: number
  /** An incident needs evidence of this strength. */
  readonly threshold: number
  readonly sinceMs: number
  /** Since then, as many independent ones as they tell of, and as they were counted. */
  readonly requests: number
  readonly errors: number
  readonly rawRequests: number
  readonly rawErrors: number
  readonly scan: Scan
}

/** The combinations of one window's errors. */
export interface JointWindow {
  readonly startMs: number
  readonly errors: readonly [number, number]
  readonly cells: ReadonlyArray<JointError>
}

/** What explains an excess: all traffic, one key, or several keys of one dimension. */
export interface Cause {
  readonly dimension: CauseDimension
  /** The keys with the most unexpected errors first; empty for all traffic. */
  readonly series: ReadonlyArray<Series>
  /** What the cause explains; its own series are not among them. */
  readonly victims: ReadonlyArray<Series>
  readonly sinceMs: number
  /** Its strongest series. */
  readonly own: Series
  /** The strongest evidence for it: its own, or that of a victim where only that is enough by itself. */
  readonly proof: Series
  /** How much likelier it is than the best cause of another dimension. */
  readonly lead: number
}

export const nameOf = (dimension: CauseDimension, key: string): string => `${dimension} ${key}`

/** Below both of these evidence is taken for chance: a first error of one of many keys reaches them. */
const leastStrength = 4
export const leastGain = 10

/** Whether a key may be a cause or a victim: much speaks for it, or it explains much though such keys are common. */
export const isTelling = (excursion: Excursion | undefined): excursion is Excursion =>
  excursion !== undefined && (excursion.strength >= leastStrength || excursion.scan.gain >= leastGain)

/** What any key has to explain besides the choice among the keys there are. */
const keyCost = 3
/** By how much a subset of keys may be too high. */
const multiples = Array.from({ length: 20 }, (_, i) => 1.25 * 1.5 ** i)

/** However rare errors are, fewer are no incident. */
export const leastErrors = 3

/** Whether a series is an incident, unless another one explains it. */
const isAlarming = ({ strength, threshold, rawErrors }: Series): boolean =>
  strength >= threshold && rawErrors >= leastErrors

/** What is known of the whole site. */
export interface SiteAtLarge {
  /** What is expected of each request. */
  readonly rate: number
  /** Part of its requests that each section of its paths has. */
  readonly sections: ReadonlyMap<string, number>
  /** Part of its requests that a URL usually has; undefined of one that is not known. */
  readonly share?: (url: string) => number | undefined
}

const unknownShare = () => undefined
const nothingKnown: SiteAtLarge = { rate: 0, sections: new Map() }

interface Rest {
  readonly series: Series
  requests: number
  errors: number
  strength: number
  /** Its errors among the combinations that are kept, and those of them that the cause at hand explains. */
  seen: number
  shared: number
  /** The choice of the window since when it is too high. */
  start: number
  /** What is expected of each of its requests when it is compared with other causes. */
  readonly rate: number
}

/** A combination of errors, and the series that it is a part of. */
interface Part {
  readonly cell: JointError
  readonly errors: number
  readonly of: ReadonlyArray<Rest>
}

const isLeft = (r: Rest): boolean => r.strength >= r.series.threshold && isAlarming(r.series)

/**
 * The smallest set of causes that explains why series are too high. One cause after the other, the one with the most penalised likelihood first:
 * all traffic, or the best subset of one dimension's keys. Were the multiple known by which a subset is too high, each key would belong to it that
 * explains more than its price by itself, so the best subset is found by trying multiples (penalised fast subset scanning, Speakman et al.
 * 2016). What a cause explains is taken off all
 * other series by the combinations of errors, and who is no longer too high is its victim.
 *
 * @param keys of one window at most: a cause is one choice among so many
 */
export const findCauses = (
  all: ReadonlyArray<Series>,
  joint: ReadonlyArray<JointWindow>,
  errorClass: ClassIndex,
  keys: { readonly [dimension in KeyedCause]: number },
  { rate: siteRate, sections, share = unknownShare }: SiteAtLarge = nothingKnown
): ReadonlyArray<Cause> => {
  const chosen = [...all].sort(
    (a, b) => b.strength - a.strength || (nameOf(a.dimension, a.key) < nameOf(b.dimension, b.key) ? -1 : 1)
  )
  const site = all.find((s) => s.dimension === "global")
  const since = site === undefined ? undefined : errorsByUrl(joint, site.scan.sinceMs, errorClass)
  const rest: Array<Rest> = chosen.slice(0, incidentLimits.candidates).map((series) => {
    const scan = site === undefined || since === undefined ? series.scan : sameSpan(series, site.scan, since, share)
    return {
      series,
      requests: scan.requests,
      errors: scan.errors,
      strength: series.strength,
      seen: 0,
      shared: 0,
      start: startOf(scan, joint),
      rate: comparedRate(series, siteRate, errorClass)
    }
  })
  const parts = partsOf(rest, joint, errorClass)
  const causes: Array<{
    readonly dimension: CauseDimension
    readonly members: ReadonlyArray<Rest>
    readonly victims: Array<Series>
    readonly lead: number
  }> = []
  const taken = new Set<Rest>()
  while (rest.some((r) => !taken.has(r) && isLeft(r))) {
    const best = bestOf(
      rest.filter((r) => !taken.has(r)),
      keys,
      sections
    )
    if (best === undefined || causes.length === incidentLimits.causes) break
    for (const member of best.members) taken.add(member)
    const victims: Array<Series> = []
    explain(best, rest, parts, joint)
    for (const r of rest) {
      if (taken.has(r)) continue
      const before = r.strength
      const independent = r.series.errors / Math.max(1e-9, r.series.rawErrors)
      // No more than it had: the counts may be those of another alternative.
      r.strength = Math.min(r.strength, strengthOf(r.requests * independent, r.errors * independent, r.series.expected))
      if (r.strength < r.series.threshold && r.strength < before / 2) {
        taken.add(r)
        victims.push(r.series)
      }
    }
    // What neither is too high by itself nor explains what is, is a matter of its own, if one at all.
    if (best.members.some((m) => isAlarming(m.series)) || victims.some(isAlarming)) causes.push({ ...best, victims })
  }
  // More causes than a person can read: what is left is told with the greatest one.
  if (causes.length > 0) for (const r of rest) if (!taken.has(r) && isLeft(r)) causes[0]!.victims.push(r.series)
  return causes.map(({ dimension, members, victims, lead }) => {
    const series = members.map((m) => m.series)
    const strongest = (among: ReadonlyArray<Series>) => among.reduce((a, b) => (b.strength > a.strength ? b : a))
    const own = strongest(series)
    const enough = victims.filter(isAlarming)
    const proof = series.some(isAlarming) || enough.length === 0 ? own : strongest(enough)
    return {
      dimension,
      series: dimension === "global" ? [] : series,
      victims,
      sinceMs: Math.min(...series.filter((s) => s.strength >= s.threshold || s === own).map((s) => s.sinceMs)),
      own,
      proof,
      lead
    }
  })
}

/**
 * By what a key's errors are compared with those of other keys: no less than what is expected of the site, or the errors of one client would be better
 * explained by all the pages on which it met them, because pages answer fewer 4xx than strange clients get. 5xx depend on the page more than on the
 * client, so half of a page's own merit counts, where it has requests enough for more than which of them failed.
 */
const comparedRate = ({ expected, scan }: Series, site: number, errorClass: ClassIndex): number => {
  const own = rateOfExpected(expected)
  if (own >= site) return own
  return errorClass === 0 || scan.requests < ampleRequests ? site : Math.sqrt(own * site)
}

const errorsByUrl = (
  joint: ReadonlyArray<JointWindow>,
  sinceMs: number,
  errorClass: ClassIndex
): ReadonlyMap<string, number> => {
  const errors = new Map<string, number>()
  for (const { startMs, cells } of joint) {
    if (startMs < sinceMs) continue
    for (const { url, status, errors: n } of cells)
      if (classOfStatus(status) === errorClass) errors.set(url, (errors.get(url) ?? 0) + n)
  }
  return errors
}

/**
 * A URL with an error of some minutes ago has seen many requests before all traffic began to fail: it is compared by what it did since then, where it
 * has more to say by that. How many requests it had since then follows from its usual part of them.
 */
const sameSpan = (
  { dimension, key, scan, expected }: Series,
  site: Scan,
  since: ReadonlyMap<string, number>,
  shareOf: (url: string) => number | undefined
): Pick<Scan, "sinceMs" | "requests" | "errors"> => {
  const share = dimension === "url" && scan.sinceMs < site.sinceMs ? shareOf(key) : undefined
  if (share === undefined) return scan
  const errors = since.get(key) ?? 0
  const requests = Math.min(scan.requests, Math.max(errors, share * site.requests))
  const gain = gainOf(requests, errors, requests * rateOfExpected(expected))
  return gain > scan.gain ? { sinceMs: site.sinceMs, requests, errors } : scan
}

const startOf = (scan: Pick<Scan, "sinceMs">, joint: ReadonlyArray<JointWindow>): number => {
  let windows = 0
  for (let i = joint.length - 1; i >= 0 && joint[i]!.startMs >= scan.sinceMs; i--) windows++
  return Math.log(Math.max(1, windows))
}

interface Named {
  readonly dimension: CauseDimension
  readonly members: ReadonlyArray<Rest>
  readonly lead: number
}

const bestOf = (
  rest: ReadonlyArray<Rest>,
  keys: { readonly [dimension in KeyedCause]: number },
  sections: ReadonlyMap<string, number>
): Named | undefined => {
  let best: Pick<Named, "dimension" | "members"> | undefined
  const most = { global: none, network: none, url: none, ip: none }
  let greatest = none
  const propose = (dimension: CauseDimension, members: ReadonlyArray<Rest>, score: number) => {
    if (score > greatest) [best, greatest] = [{ dimension, members }, score]
    most[dimension] = Math.max(most[dimension], score)
  }
  const gain = (members: ReadonlyArray<Rest>) =>
    gainOf(
      sumOf(members, (r) => r.requests),
      sumOf(members, (r) => r.errors),
      sumOf(members, expectedOf)
    )
  // All traffic is named where no key explains as much: a key that is nearly all of it does.
  const siteCost = 1 + keyCost + Math.log(Math.max(1, keys.network, keys.url, keys.ip))
  for (const r of rest) {
    if (r.series.dimension !== "global") continue
    propose("global", [r], gain([r]) - nullOf(rest, r) - siteCost - r.start)
    for (const { members, requests } of sectionMembers(rest, sections, r)) {
      const errors = sumOf(members, (m) => m.errors)
      const own = gainOf(requests, errors, (requests * sumOf(members, expectedOf)) / sumOf(members, (m) => m.requests))
      propose("url", members, own - siteCost - keyCost - r.start - Math.log(sections.size))
    }
  }
  for (const dimension of keyedCauses) {
    const own = rest.filter((r) => r.series.dimension === dimension)
    const among = Math.max(1, keys[dimension])
    // Networks lie within one another: only one is a cause.
    if (dimension === "network")
      for (const r of own) propose(dimension, [r], gain([r]) - keyCost - Math.log(among) - r.start)
    else {
      for (const times of multiples) {
        const members = subsetAt(dimension, own, times, among)
        if (members.length > 0) propose(dimension, members, gain(members) - costOf(dimension, members, among))
      }
    }
  }
  if (best === undefined) return undefined
  const { dimension, members } = best
  const others = causeDimensions.filter((d) => d !== dimension).map((d) => most[d])
  const excess = (r: Rest) => r.errors - expectedOf(r)
  return {
    dimension,
    members: [...members].sort((a, b) => excess(b) - excess(a)),
    lead: most[dimension] - Math.max(...others)
  }
}

/**
 * By how much likelier the errors of all traffic are where each URL is expected to fail by a rate of its own, as it is where URLs are the cause: without
 * it all traffic would explain more of a page that fails more than others anyway.
 */
const nullOf = (rest: ReadonlyArray<Rest>, { rate, start }: Rest): number => {
  let sum = 0
  for (const r of rest) {
    if (r.series.dimension !== "url" || r.start > start) continue
    sum += r.errors * Math.log(r.rate / rate) + (r.requests - r.errors) * Math.log((1 - r.rate) / (1 - rate))
  }
  return sum
}

const none = Number.NEGATIVE_INFINITY
const causeDimensions = ["global", "network", "url", "ip"] as const

/**
 * The sections of the site in which URLs fail. Those of a section that do not fail speak against it: of how many requests they have only their part of
 * the site's is known.
 */
const sectionMembers = (rest: ReadonlyArray<Rest>, sections: ReadonlyMap<string, number>, site: Rest) => {
  const found = new Map<string, Array<Rest>>()
  for (const r of rest) {
    if (r.series.dimension !== "url" || r.errors <= expectedOf(r)) continue
    const name = sectionOf(r.series.key)
    if (!sections.has(name)) continue
    const members = found.get(name)
    if (members === undefined) found.set(name, [r])
    else members.push(r)
  }
  return Array.from(found, ([name, members]) => ({
    members,
    requests: Math.max(
      site.requests * sections.get(name)!,
      sumOf(members, (m) => m.requests)
    )
  }))
}

/** What it takes to name these keys of so many: the choice of the subset, and a price for each of them. */
const costOf = (dimension: KeyedCause, members: ReadonlyArray<Rest>, among: number): number =>
  keyCost + choiceOf(Math.max(among, members.length), members.length) + sumOf(members, (r) => priceOf(dimension, r))

/** Keys of few requests each explain any failure after the fact: which of them failed is all that is known of them. */
const priceOf = (dimension: KeyedCause, r: Rest): number =>
  (dimension === "url" && r.requests >= ampleRequests ? amplePrice : sparsePrice) + startPrice * r.start
const ampleRequests = 3
const amplePrice = 0.5
const startPrice = 1.5
const sparsePrice = 1.2

/** log of how many subsets of that size there are. */
const choiceOf = (among: number, size: number): number =>
  logGamma(among + 1) - logGamma(size + 1) - logGamma(among - size + 1)

/** The best subset of the keys were they all so many times too high: those that explain most, as long as one more explains more than it costs. */
const subsetAt = (
  dimension: KeyedCause,
  own: ReadonlyArray<Rest>,
  times: number,
  among: number
): ReadonlyArray<Rest> => {
  const worth = own
    .map((r) => ({ r, net: gainAt(r, times) - priceOf(dimension, r) }))
    .filter(({ net }) => net > 0)
    .sort((a, b) => b.net - a.net)
  let [size, most, sum] = [0, Number.NEGATIVE_INFINITY, 0]
  for (const [i, { net }] of worth.entries()) {
    sum += net
    const score = sum - choiceOf(Math.max(among, i + 1), i + 1)
    if (score > most) [size, most] = [i + 1, score]
  }
  return worth.slice(0, size).map(({ r }) => r)
}

const expectedOf = (r: Rest): number => r.requests * r.rate

/** What a key explains where all keys of its cause fail so many times as often as expected. */
const gainAt = (r: Rest, times: number): number => {
  const p = r.rate
  const q = Math.min(0.99, p * times)
  return q <= p ? 0 : r.errors * Math.log(q / p) + Math.max(0, r.requests - r.errors) * Math.log((1 - q) / (1 - p))
}

const sumOf = (members: ReadonlyArray<Rest>, of: (r: Rest) => number) => members.reduce((sum, r) => sum + of(r), 0)

const partsOf = (
  rest: ReadonlyArray<Rest>,
  joint: ReadonlyArray<JointWindow>,
  errorClass: ClassIndex
): ReadonlyArray<Part> => {
  const site = rest.filter((r) => r.series.dimension === "global")
  const keyed = (dimension: KeyedCause) =>
    new Map(rest.filter((r) => r.series.dimension === dimension).map((r) => [r.series.key, r]))
  const [networks, urls, ips] = [keyed("network"), keyed("url"), keyed("ip")]
  const parts: Array<Part> = []
  for (const { startMs, errors, cells } of joint) {
    let covered = 0
    for (const cell of cells) if (classOfStatus(cell.status) === errorClass) covered += cell.errors
    for (const cell of cells) {
      if (classOfStatus(cell.status) !== errorClass) continue
      const of = [...site]
      const [url, ip] = [urls.get(cell.url), ips.get(cell.client)]
      if (url !== undefined) of.push(url)
      if (ip !== undefined) of.push(ip)
      if (networks.size > 0) {
        for (const network of networksOf(cell.client)) {
          const r = networks.get(network)
          if (r !== undefined) of.push(r)
        }
      }
      // Combinations beyond the limit are taken to be as those that are kept.
      const count = (cell.errors * errors[errorClass]) / covered
      parts.push({ cell, errors: count, of: of.filter((r) => startMs >= r.series.scan.sinceMs) })
    }
  }
  return parts
}

/** Takes off all series what they share of the cause's unexpected errors. */
const explain = (
  cause: { readonly dimension: CauseDimension; readonly members: ReadonlyArray<Rest> },
  rest: ReadonlyArray<Rest>,
  parts: ReadonlyArray<Part>,
  joint: ReadonlyArray<JointWindow>
): void => {
  const excess = new Map(
    cause.members.map((m) => [
      m.series.key,
      Math.max(0, 1 - (m.requests * rateOfExpected(m.series.expected)) / Math.max(1e-9, m.errors))
    ])
  )
  let [all, explained] = [0, 0]
  for (const r of rest) r.seen = r.shared = 0
  for (const { cell, errors, of } of parts) {
    const share = shareOf(cause.dimension, cell, excess)
    all += errors
    explained += errors * share
    for (const r of of) {
      r.seen += errors
      r.shared += errors * share
    }
  }
  if (all === 0) return
  const firstMs = joint[0]?.startMs ?? 0
  for (const r of rest) {
    // Combinations are kept for some windows only. What a key did before them is taken to be as in them, and where that is little as the site's.
    const isWhole = r.series.scan.sinceMs >= firstMs
    const part = (r.shared + (leaned * explained) / Math.max(1, all)) / (r.seen + leaned)
    const off = Math.min(r.errors, isWhole ? r.shared : r.errors * part)
    r.errors -= off
    r.requests = Math.max(r.errors, r.requests - off)
  }
}

/** Errors of the site that a key's combinations lean on, where its evidence is older than they are. */
const leaned = 3

const shareOf = (dimension: CauseDimension, cell: JointError, excess: ReadonlyMap<string, number>): number => {
  if (dimension === "global") return excess.get("") ?? 0
  if (dimension === "url") return excess.get(cell.url) ?? 0
  if (dimension === "ip") return excess.get(cell.client) ?? 0
  for (const network of networksOf(cell.client)) {
    const share = excess.get(network)
    if (share !== undefined) return share
  }
  return 0
}
