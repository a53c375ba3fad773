import { logGamma } from "../../thresholds/numerics.ts"
import { type Excursion, gainOf } from "../evidence.ts"
import { addCounts, noCounts, strengthOf, type UrlState } from "./url-times.ts"
import type { CutIndex } from "./usual.ts"

/** URLs with less evidence are part of no cause. */
const tellingStrength = 4
/** What a set of URLs has to explain, and each of them, besides the choice among the URLs there are. */
const setCost = 3
const urlCost = 1
/** URLs that have this part of the requests are the whole site. */
const wholeShare = 0.8

export interface FoundCause {
  /** Empty for all traffic; else those that explain most, the one with the most slow requests first. */
  readonly members: ReadonlyArray<UrlState>
  /** By how much it explains more than what is second best. */
  readonly lead: number
  /** Part of the unexpected slow requests that is theirs. */
  readonly share: number
}

/** What it takes to name so many URLs: the choice of that subset, and a price for each of them. */
const costOf = (size: number, among: number): number =>
  setCost + size * urlCost + logGamma(among + 1) - logGamma(size + 1) - logGamma(among - size + 1)

const excess = ({ sum }: UrlState, c: CutIndex): number => sum.slow[c] - sum.expected[c]

/**
 * Whether what is slow is all traffic or some URLs: what explains the slow requests better, all of them by one rate or those of a subset, which pays for
 * each of its URLs. The best subset is one of those with the most to explain (penalised subset scan, as for errors).
 * @param site what all traffic showed since it is slow, and the share that was expected
 * @param urls how many URLs there are to choose from, and the part of the requests that one of them usually has
 */
export const latencyCause = (
  c: CutIndex,
  site: { readonly excursion: Excursion; readonly rate: number } | undefined,
  states: Iterable<UrlState>,
  urls: { readonly count: number; readonly share: (key: string) => number }
): FoundCause => {
  const candidates = [...states].filter((state) => strengthOf(state) >= tellingStrength && excess(state, c) > 0)
  candidates.sort((a, b) => excess(b, c) - excess(a, c) || (a.key < b.key ? -1 : 1))
  const sum = noCounts()
  let best = Number.NEGATIVE_INFINITY
  let count = 0
  for (let i = 0; i < candidates.length; i++) {
    addCounts(sum, candidates[i]!.sum)
    const explained =
      gainOf(sum.requests, sum.slow[c], sum.expected[c]) - costOf(i + 1, Math.max(urls.count, candidates.length))
    if (explained > best) [best, count] = [explained, i + 1]
  }
  const members = candidates.slice(0, count)
  if (site === undefined) return { members, lead: Number.POSITIVE_INFINITY, share: 1 }
  const { rawRequests, rawErrors } = site.excursion
  // A URL that is nearly all traffic explains as much.
  const cost = 1 + costOf(1, Math.max(1, urls.count))
  const whole = gainOf(rawRequests, rawErrors, rawRequests * site.rate) - cost
  const covered = members.reduce((all, { key }) => all + urls.share(key), 0)
  const isSite = count === 0 || whole >= best || covered > wholeShare
  const own = members.reduce((all, state) => all + excess(state, c), 0)
  return {
    members: isSite ? [] : members,
    lead: count === 0 ? Number.POSITIVE_INFINITY : Math.abs(whole - best),
    share: isSite ? 1 : Math.min(1, own / Math.max(1, rawErrors - rawRequests * site.rate))
  }
}
