import { logBeta } from "../thresholds/numerics.ts"

/** What is expected of a key before the evidence: its rate is beta distributed with these shapes. */
export interface Expected {
  readonly alpha: number
  readonly beta: number
}

export const rateOfExpected = ({ alpha, beta }: Expected): number => alpha / (alpha + beta)

/** A key that fails is tested against these multiples of its expected odds, each of them by a CUSUM of its own. */
const oddsRatios = [1.5, 2.5, 6, 25, 200] as const
const alternatives = oddsRatios.length
/** The last alternative is an outage, however rare errors are: its rate is at least this. */
const outageRate = 0.9
const mostRate = 0.999
const leastRate = 1e-6

const alternativeRate = (rate: number, j: number): number => {
  const p = Math.max(leastRate, rate)
  const odds = (oddsRatios[j]! * p) / (1 - Math.min(mostRate, p))
  const raised = odds / (1 + odds)
  return Math.min(mostRate, j === alternatives - 1 ? Math.max(outageRate, raised) : raised)
}

/**
 * Requests of one pane fail together: `n` of them tell as much as this many independent ones.
 * @param spread the correlation of two requests of one pane, as in `BetaBinomial`
 */
export const independentOf = (n: number, spread: number): number => (n === 0 ? 0 : n / (1 + (n - 1) * spread))

/** Less evidence than this, by the expected rate alone, is not looked at further. */
const leastRatio = 3

/** What one more request says for each alternative, when it fails and when it does not. */
export interface Odds {
  readonly expected: Expected
  readonly rate: number
  readonly fails: Float64Array
  readonly succeeds: Float64Array
}

export const oddsOf = (expected: Expected): Odds => {
  const rate = Math.min(mostRate, Math.max(leastRate, rateOfExpected(expected)))
  const fails = new Float64Array(alternatives)
  const succeeds = new Float64Array(alternatives)
  for (let j = 0; j < alternatives; j++) {
    const raised = alternativeRate(rate, j)
    // A key that always fails cannot fail more.
    fails[j] = raised <= rate ? -1 : Math.log(raised / rate)
    succeeds[j] = raised <= rate ? -1 : Math.log((1 - raised) / (1 - rate))
  }
  return { expected, rate, fails, succeeds }
}

const fromNothing = oddsRatios.map(() => 0)
/**
 * What a pane of a key has to say for each alternative before its evidence is kept. Most errors of keys are what is expected; small multiples, which
 * take hundreds of requests to be told from chance and as many to be forgotten, begin only with a window that is odd by itself.
 */
export const keyStarts: ReadonlyArray<number> = [3, 2, 1.7, 1.7, 1.7]

/** A pane with so many unexpected errors is worth a look even where the panes of such keys vary much: it may be a cause. */
const muchGain = 10
const isMuch = (requests: number, errors: number, rate: number): boolean =>
  errors > 2 && gainOf(requests, errors, requests * rate) >= muchGain

/** Whether a pane alone says enough for one of the alternatives. */
export const begins = (requests: number, errors: number, { rate, fails, succeeds }: Odds, spread: number): boolean => {
  if (isMuch(requests, errors, rate)) return true
  const n = independentOf(requests, spread)
  const k = (errors * n) / requests
  for (let j = 0; j < alternatives; j++) if (k * fails[j]! + (n - k) * succeeds[j]! >= keyStarts[j]!) return true
  return false
}

/** An excursion is over when so much has spoken against it since it was strongest: what failed yesterday is no part of what fails now. */
const mostFall = 10

/** The fields of an alternative in `Evidence.sums`. */
const fields = 7
/** Of all that have no evidence: nobody writes into them. */
const noSums = new Float64Array(alternatives * fields)
const noTimes = new Float64Array(alternatives)
const [RATIO, REQUESTS, ERRORS, RAW_REQUESTS, RAW_ERRORS, TOP, EXPECTED] = [0, 1, 2, 3, 4, 5, 6]

/** What speaks for one key's rate being too high, as it stands in a checkpoint. */
export interface StoredEvidence {
  readonly sums: ReadonlyArray<number>
  readonly since: ReadonlyArray<number>
  readonly peak: number
  readonly current?: Excursion
}

export interface Scan {
  readonly sinceMs: number
  readonly requests: number
  readonly errors: number
  /** How much likelier they are at the rate that they show than at the expected one. */
  readonly gain: number
}

/** What an excursion of a CUSUM has seen since it last stood at nothing. */
export interface Excursion {
  readonly strength: number
  /** What was expected of its requests, in the mean: hours differ. */
  readonly expected: Expected
  readonly sinceMs: number
  /** As many independent requests and errors as they tell of. */
  readonly requests: number
  readonly errors: number
  readonly rawRequests: number
  readonly rawErrors: number
  /** The same of the excursion with the most unexpected errors, whichever alternative they speak for: what causes are compared by. */
  readonly scan: Scan
}

/** Errors from which on the rate of an alternative follows what they show. */
const followedErrors = 10
const followedShape = 2

/** What an excursion's requests were expected to do at their times: as uncertain as now, and with their mean rate. */
const meanOf = (expected: Expected, requests: number, errors: number): Expected => {
  const p = rateOfExpected(expected)
  const mean = Math.min(mostRate, Math.max(leastRate, errors / requests))
  if (Math.abs(mean - p) <= 1e-9 * p) return expected
  return { alpha: expected.alpha, beta: (expected.alpha * (1 - mean)) / mean }
}

/** Log likelihood of counts where the rate is beta distributed with these shapes. */
const expectedLikelihood = (requests: number, errors: number, { alpha, beta }: Expected): number =>
  logBeta(alpha + errors, beta + Math.max(0, requests - errors)) - logBeta(alpha, beta)

/**
 * Log likelihood of counts under an alternative. An uncertain expectation follows what counts show; with many errors the alternative does as well, or a
 * rate between two alternatives would be evidence for neither of them the longer it lasts.
 * @param q the rate of the alternative
 */
const alternativeLikelihood = (requests: number, errors: number, q: number): number => {
  const fixed = errors * Math.log(q) + Math.max(0, requests - errors) * Math.log(1 - q)
  if (errors < followedErrors) return fixed
  return Math.max(
    fixed,
    expectedLikelihood(requests, errors, { alpha: followedShape, beta: (followedShape * (1 - q)) / q })
  )
}

/** How much likelier counts are under the best alternative than by the expectation; 0 where that is the likelier one. */
export const strengthOf = (requests: number, errors: number, expected: Expected): number => {
  const p = rateOfExpected(expected)
  let most = Number.NEGATIVE_INFINITY
  for (let j = 0; j < alternatives; j++)
    most = Math.max(most, alternativeLikelihood(requests, errors, alternativeRate(p, j)))
  return Math.max(0, most - expectedLikelihood(requests, errors, expected))
}

/** Log likelihood ratio of the rate that counts show against the one that was expected; 0 where it is no higher. */
export const gainOf = (requests: number, errors: number, expected: number): number => {
  if (errors <= expected || requests <= 0) return 0
  const fine = requests - errors
  return (
    errors * Math.log(errors / expected) + (fine <= 0 ? 0 : fine * Math.log(fine / Math.max(1e-9, requests - expected)))
  )
}

/**
 * The evidence that accumulates for one key and class. For each alternative a CUSUM of log likelihood ratios against the expected rate
 * (Page 1954) says since when errors speak for it; it forgets when they no longer do. What they say together since then is the likelihood
 * ratio of the alternative against the key's *uncertain* expectation (beta-binomial), so a key of which little is known needs more.
 * Under the expectation an excursion reaches a strength of h with a probability of at most e^-h (Ville).
 */
export class Evidence {
  sums = noSums
  since = noTimes
  /** The greatest strength of this excursion. */
  peak = 0
  /** What the excursion that says the most said when the last pane was added; undefined where none says anything. */
  current: Excursion | undefined
  /** No alternative has anything for it. */
  isEmpty = true

  constructor(stored?: StoredEvidence) {
    if (stored === undefined) return
    // With other fields it is of another version: what it said is forgotten.
    if (stored.sums.length > 0 && stored.sums.length !== alternatives * fields) return
    if (stored.sums.length > 0) {
      this.sums = Float64Array.from(stored.sums)
      this.since = Float64Array.from(stored.since)
    }
    this.peak = stored.peak
    this.current = stored.current
    for (let at = 0; at < alternatives * fields; at += fields) if (this.sums[at]! > 0) this.isEmpty = false
  }

  /** @param leastStart what a pane has to say for an alternative that nothing spoke for before */
  add(
    requests: number,
    errors: number,
    odds: Odds,
    spread: number,
    startMs: number,
    leastStart: ReadonlyArray<number> = fromNothing
  ): void {
    let { sums } = this
    const { fails, succeeds } = odds
    const n = independentOf(requests, spread)
    const k = requests === 0 ? 0 : (errors * n) / requests
    let most = 0
    for (let j = 0, at = 0; j < alternatives; j++, at += fields) {
      const before = sums[at + RATIO]!
      const ratio = before + k * fails[j]! + (n - k) * succeeds[j]!
      if (ratio <= 0 || sums[at + TOP]! - ratio > mostFall) {
        if (before > 0) sums.fill(0, at, at + fields)
        continue
      }
      if (before === 0) {
        if (ratio < leastStart[j]! && !isMuch(requests, errors, odds.rate)) continue
        if (sums === noSums) {
          sums = this.sums = new Float64Array(alternatives * fields)
          this.since = new Float64Array(alternatives)
        }
        this.since[j] = startMs
      }
      if (ratio > most) most = ratio
      sums[at + RATIO] = ratio
      if (ratio > sums[at + TOP]!) sums[at + TOP] = ratio
      sums[at + REQUESTS]! += n
      sums[at + ERRORS]! += k
      sums[at + RAW_REQUESTS]! += requests
      sums[at + RAW_ERRORS]! += errors
      sums[at + EXPECTED]! += n * odds.rate
    }
    this.isEmpty = most === 0
    this.current = most < leastRatio ? undefined : this.#strongest(odds.expected)
    if (this.current !== undefined && this.current.strength > this.peak) this.peak = this.current.strength
  }

  #strongest(now: Expected): Excursion | undefined {
    let best = -1
    let strength = 0
    let bestExpected = now
    let widest = -1
    let gain = 0
    // Most alternatives began with the same window, and have seen the same.
    let [seenRequests, seenErrors, seenExpected, asExpected] = [-1, -1, -1, 0]
    let expected = now
    for (let j = 0; j < alternatives; j++) {
      const at = j * fields
      if (this.sums[at + RATIO]! < leastRatio) continue
      const n = this.sums[at + REQUESTS]!
      const k = this.sums[at + ERRORS]!
      const errorsExpected = this.sums[at + EXPECTED]!
      if (n !== seenRequests || k !== seenErrors || errorsExpected !== seenExpected) {
        expected = meanOf(now, n, errorsExpected)
        asExpected = expectedLikelihood(n, k, expected)
        ;[seenRequests, seenErrors, seenExpected] = [n, k, errorsExpected]
      }
      const p = rateOfExpected(expected)
      const unexpected = gainOf(
        this.sums[at + RAW_REQUESTS]!,
        this.sums[at + RAW_ERRORS]!,
        this.sums[at + RAW_REQUESTS]! * p
      )
      if (unexpected > gain) [widest, gain] = [j, unexpected]
      const own = alternativeLikelihood(n, k, alternativeRate(p, j)) - asExpected
      if (own > strength) [best, strength, bestExpected] = [j, own, expected]
    }
    if (best < 0) return undefined
    const at = best * fields
    const wide = widest < 0 ? best : widest
    return {
      strength,
      expected: bestExpected,
      sinceMs: this.since[best]!,
      requests: this.sums[at + REQUESTS]!,
      errors: this.sums[at + ERRORS]!,
      rawRequests: this.sums[at + RAW_REQUESTS]!,
      rawErrors: this.sums[at + RAW_ERRORS]!,
      scan: {
        sinceMs: this.since[wide]!,
        requests: this.sums[wide * fields + RAW_REQUESTS]!,
        errors: this.sums[wide * fields + RAW_ERRORS]!,
        gain
      }
    }
  }

  clear(): void {
    this.sums = noSums
    this.since = noTimes
    this.peak = 0
    this.current = undefined
    this.isEmpty = true
  }

  stored(): StoredEvidence {
    const { sums, since, peak, current } = this
    const isNone = sums === noSums
    return {
      sums: isNone ? [] : [...sums],
      since: isNone ? [] : [...since],
      peak,
      ...(current === undefined ? {} : { current })
    }
  }
}
