import { begins, Evidence, keyStarts, type Odds, type StoredEvidence } from "../evidence.ts"
import { latencyLimits } from "./latency-model.ts"
import { timeBins } from "./time-bins.ts"
import { type CutIndex, cutIndexes, type UsualTimes } from "./usual.ts"

/** Requests of one window, or of several: how many were slow by each cut, and how many were expected to be. */
export interface SlowCounts {
  requests: number
  readonly slow: [number, number]
  readonly expected: [number, number]
}

export const noCounts = (): SlowCounts => ({ requests: 0, slow: [0, 0], expected: [0, 0] })

export const addCounts = (to: SlowCounts, from: SlowCounts, times = 1): void => {
  to.requests += times * from.requests
  for (const c of cutIndexes) {
    to.slow[c] += times * from.slow[c]
    to.expected[c] += times * from.expected[c]
  }
}

/** What a long incident showed, which is usual until the model has learnt it. */
interface AcceptedTimes {
  readonly usual: UsualTimes
  readonly untilMs: number
}

/** A URL's row among the bins of a window. */
export interface TimesRow {
  readonly bins: ArrayLike<number>
  readonly at: number
}

/** A URL that was slower than usual lately. */
export interface UrlState {
  readonly key: string
  readonly evidence: readonly [Evidence, Evidence]
  /** How strong it was, by cut, while it was also slower by much: what might have been told. */
  readonly peaks: [number, number]
  /** All since its evidence began, and request times of it by bin. */
  readonly sum: SlowCounts
  readonly bins: Array<number>
  /** In the window that is judged. */
  now: SlowCounts
  row: TimesRow | undefined
  /** Clients of its busiest window. */
  clients: number
  lastSlowMs: number
  accepted: AcceptedTimes | undefined
  /** Kept while an incident names it. */
  holders: number
}

export interface StoredUrlState {
  readonly key: string
  readonly evidence: readonly [StoredEvidence, StoredEvidence]
  readonly peaks: readonly [number, number]
  readonly sum: SlowCounts
  readonly bins: ReadonlyArray<number>
  readonly clients: number
  readonly last: number
  readonly accepted?: AcceptedTimes
}

/** Evidence is forgotten when its URL was not slow for so long. */
const evidenceMs = 2 * 3_600_000

export const strengthOf = ({ evidence: [quarter, tail] }: Pick<UrlState, "evidence">): number =>
  Math.max(quarter.current?.strength ?? 0, tail.current?.strength ?? 0)

const clearSums = ({ sum, bins }: UrlState): void => {
  sum.requests = 0
  sum.slow.fill(0)
  sum.expected.fill(0)
  bins.fill(0)
}

/** The URLs that were slower than usual lately: none costs anything that never was. */
export class UrlTimes {
  readonly states = new Map<string, UrlState>()

  constructor(stored: ReadonlyArray<StoredUrlState> = []) {
    for (const { key, evidence, peaks, sum, bins, clients, last, accepted } of stored) {
      this.states.set(key, {
        key,
        evidence: [new Evidence(evidence[0]), new Evidence(evidence[1])],
        peaks: [...peaks],
        sum: { requests: sum.requests, slow: [...sum.slow], expected: [...sum.expected] },
        bins: [...bins],
        now: noCounts(),
        row: undefined,
        clients,
        lastSlowMs: last,
        accepted,
        holders: 0
      })
    }
  }

  /**
   * A URL in the window that is judged. A URL without evidence gets a state only by a window that is odd by itself.
   * @param odds what is expected, by cut; asked for only where it matters
   */
  window(
    key: string,
    now: SlowCounts,
    row: TimesRow,
    clients: number,
    startMs: number,
    spreads: readonly [number, number],
    odds: (c: CutIndex) => Odds
  ): void {
    let state = this.states.get(key)
    if (state === undefined) {
      const isOdd = cutIndexes.some(
        (c) => now.slow[c] > now.expected[c] && begins(now.requests, now.slow[c], odds(c), spreads[c])
      )
      if (!isOdd) return
      state = {
        key,
        evidence: [new Evidence(), new Evidence()],
        peaks: [0, 0],
        sum: noCounts(),
        bins: new Array<number>(timeBins).fill(0),
        now,
        row,
        clients: 0,
        lastSlowMs: startMs,
        accepted: undefined,
        holders: 0
      }
      this.states.set(key, state)
    }
    // What was seen while hardly anything spoke for it is no part of what happens now.
    if (state.evidence.every(({ current }) => current === undefined)) clearSums(state)
    state.now = now
    state.row = row
    state.clients = Math.max(state.clients, clients)
    for (const c of cutIndexes) {
      state.evidence[c].add(now.requests, now.slow[c], odds(c), spreads[c], startMs, keyStarts)
      if (now.slow[c] > now.expected[c]) state.lastSlowMs = startMs
    }
    addCounts(state.sum, now)
    for (let bin = 0; bin < timeBins; bin++) state.bins[bin]! += row.bins[row.at + bin]!
  }

  /** Before a window: nothing is counted in it yet. */
  begin(): void {
    for (const state of this.states.values()) {
      state.now = noCounts()
      state.row = undefined
    }
  }

  /** After a window: forgets those without evidence. `ended` is told each excursion that is over, and how strong it was. */
  end(endMs: number, ended: (key: string, peak: number) => void): void {
    for (const state of this.states.values()) {
      const { evidence, key, peaks } = state
      for (const c of cutIndexes) {
        if (!evidence[c].isEmpty || peaks[c] === 0) continue
        ended(key, peaks[c])
        peaks[c] = 0
      }
      if (state.accepted !== undefined && state.accepted.untilMs <= endMs) state.accepted = undefined
      if (state.holders > 0) continue
      const isOver = evidence[0].isEmpty && evidence[1].isEmpty
      if (!isOver && endMs - state.lastSlowMs < evidenceMs) continue
      if (state.accepted === undefined) this.states.delete(key)
      else this.forgive(state)
    }
    if (this.states.size <= latencyLimits.states) return
    const kept = [...this.states.values()].sort(
      (a, b) => b.holders - a.holders || strengthOf(b) - strengthOf(a) || (a.key < b.key ? -1 : 1)
    )
    for (const { key } of kept.slice(latencyLimits.states)) this.states.delete(key)
  }

  /** What was seen of a URL says nothing any more. Answers how strong it was. */
  forgive(state: UrlState): number {
    const { evidence, peaks } = state
    const peak = Math.max(...peaks)
    for (const one of evidence) one.clear()
    peaks.fill(0)
    clearSums(state)
    return peak
  }

  stored(): ReadonlyArray<StoredUrlState> {
    return Array.from(
      this.states.values(),
      ({ key, evidence, peaks, sum, bins, clients, lastSlowMs, accepted }): StoredUrlState => ({
        key,
        evidence: [evidence[0].stored(), evidence[1].stored()],
        peaks: [...peaks],
        sum: { requests: sum.requests, slow: [...sum.slow], expected: [...sum.expected] },
        bins: [...bins],
        clients,
        last: lastSlowMs,
        ...(accepted === undefined ? {} : { accepted })
      })
    )
  }
}
