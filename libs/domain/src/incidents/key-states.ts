import { isTelling, leastGain } from "./causes.ts"
import { begins, Evidence, keyStarts, type Odds, type StoredEvidence } from "./evidence.ts"
import { incidentLimits } from "./incident-limits.ts"
import type { Accepted } from "./key-odds.ts"
import { type ClassIndex, classIndexes, type KeyPanes } from "./panes.ts"

/** A key with evidence, and its counts in the window that is being judged. */
export interface KeyState {
  readonly key: string
  readonly evidence: readonly [Evidence, Evidence]
  /** That of its key in this run; undefined for a stored key that was not met again yet. */
  hash: number | undefined
  lastErrorMs: number
  requests: number
  errors: [number, number]
  accepted: Accepted | undefined
  /** What is expected of it by class, as long as the judge's `version` is the one that it was made for. */
  odds: [Odds | undefined, Odds | undefined]
  oddsVersion: number
  /** Kept while an incident names it, whatever its evidence. */
  holders: number
}

export interface StoredKeyState {
  readonly key: string
  readonly evidence: readonly [StoredEvidence, StoredEvidence]
  readonly last: number
  readonly accepted?: Accepted
}

/** Keys without an error for long are looked for so often, at full minutes, so that a start in between changes nothing. */
const forgetEveryMs = 600_000

const isKept = ({ holders, accepted }: KeyState, ms: number): boolean =>
  holders > 0 || (accepted !== undefined && ms < accepted.untilMs)

const tells = ({ evidence: [client, server] }: KeyState): boolean =>
  isTelling(client.current) || isTelling(server.current)

/** An error or two that nothing has come of. */
const isWeak = ({ evidence }: KeyState): boolean =>
  evidence.every(({ peak, current }) => peak < weakPeak && (current?.scan.gain ?? 0) < leastGain)
const weakPeak = 6

export interface WindowTimes {
  readonly startMs: number
  readonly endMs: number
  /** End of the window before. */
  readonly beforeMs: number
}

/** What keys are expected to do, and who is told of them. */
export interface KeyJudge {
  /** Another one when other odds are expected. */
  version: number
  odds(key: string, accepted: Accepted | undefined, errorClass: ClassIndex): Odds
  spread(errorClass: ClassIndex): number
  /** Whether it wants to hear of panes that begin no evidence. */
  readonly hearsAll: boolean
  /** A pane of a key with errors or with evidence; of one without evidence there is no state. */
  pane(key: string, hash: number, panes: KeyPanes, i: number, state: KeyState | undefined): void
  /** An excursion has ended that reached this strength. */
  ended(key: string, errorClass: ClassIndex, peak: number): void
}

/** States are looked for only where a bit of the hash says that there may be one. */
const marksMask = 0xffff

const newState = (key: string, startMs: number): KeyState => ({
  key,
  evidence: [new Evidence(), new Evidence()],
  hash: undefined,
  lastErrorMs: startMs,
  requests: 0,
  errors: [0, 0],
  accepted: undefined,
  odds: [undefined, undefined],
  oddsVersion: -1,
  holders: 0
})

const oddsFor = (state: KeyState, c: ClassIndex, judge: KeyJudge): Odds => {
  if (state.oddsVersion !== judge.version) {
    state.odds[0] = state.odds[1] = undefined
    state.oddsVersion = judge.version
  }
  const known = state.odds[c]
  if (known !== undefined) return known
  const odds = judge.odds(state.key, state.accepted, c)
  state.odds[c] = odds
  return odds
}

const isOdd = (panes: KeyPanes, i: number, key: string, judge: KeyJudge): boolean => {
  for (const c of classIndexes) {
    const errors = panes.errorsOf(i, c)
    if (errors > 0 && begins(panes.requests(i), errors, judge.odds(key, undefined, c), judge.spread(c))) return true
  }
  return false
}

/** How many errors a key needs so that evidence begins for it: more than one only where very many keys fail at once. */
const leastOfNew = (panes: KeyPanes): number => {
  if (panes.count <= incidentLimits.newStates) return 1
  const most = 64
  const keysBy = new Uint32Array(most + 1)
  for (let i = 0; i < panes.count; i++) keysBy[Math.min(most, panes.errors(i))]!++
  let least = most
  for (let keys = keysBy[most]!; least > 1; least--) {
    keys += keysBy[least - 1]!
    if (keys > incidentLimits.newStates) break
  }
  return least
}

/**
 * The keys of one dimension that have evidence: only those that failed lately. A key without an error and without evidence costs a look at its
 * hash.
 */
export class KeyStates {
  readonly states = new Map<string, KeyState>()
  /** The keys by their hashes, of two that share one the newer. Hashes differ between runs: stored keys are found by their texts first. */
  readonly #byHash = new Map<number, KeyState>()
  readonly #unhashed = new Set<string>()
  /** Whether two keys have shared a hash: from then on a key may have a state though its hash has none. */
  #hasCollided = false
  /** Those that the window has a pane of, and those with evidence that is worth a look. */
  #touched: Array<KeyState> = []
  readonly #marks = new Uint8Array(marksMask + 1)
  /** No evidence is stronger, by class; whoever looks at all that tells may lower it to what is there. */
  readonly strongest: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  readonly #telling = new Set<KeyState>()

  constructor(stored: ReadonlyArray<StoredKeyState> = []) {
    for (const { key, evidence, last, accepted } of stored) {
      const state: KeyState = {
        ...newState(key, last),
        evidence: [new Evidence(evidence[0]), new Evidence(evidence[1])],
        accepted
      }
      this.states.set(key, state)
      if (tells(state)) this.#telling.add(state)
      this.#unhashed.add(key)
    }
  }

  /** The keys with evidence that is worth a look, in the order in which it came to be so. */
  get telling(): Iterable<KeyState> {
    return this.#telling
  }

  /** @param mayFail whether any of the keys may have failed: nearly all windows of most sites have no error */
  window(panes: KeyPanes, { startMs, endMs, beforeMs }: WindowTimes, judge: KeyJudge, mayFail = true): void {
    if (this.#touched.length > 0) this.#letGo()
    if (mayFail || this.states.size > 0) this.#look(panes, startMs, judge, mayFail)
    const isDue = Math.floor(endMs / forgetEveryMs) !== Math.floor(beforeMs / forgetEveryMs)
    if (isDue || this.states.size > incidentLimits.states) this.#forget(startMs, judge)
  }

  /** What the window before has counted. */
  #letGo(): void {
    for (const state of this.#touched) {
      state.requests = 0
      state.errors[0] = state.errors[1] = 0
    }
    this.#touched = []
  }

  #look(panes: KeyPanes, startMs: number, judge: KeyJudge, mayFail: boolean): void {
    const marks = this.#marks
    const leastErrors = mayFail ? leastOfNew(panes) : 0
    const { count } = panes
    for (let i = 0; i < count; i++) {
      const hash = panes.hash(i)
      const hasFailed = mayFail && panes.errors(i) > 0
      if (!hasFailed && marks[hash & marksMask] === 0 && this.#unhashed.size === 0) continue
      const likely = this.#byHash.get(hash)
      if (likely !== undefined && panes.is(i, likely.key)) {
        this.#take(likely, hash, panes, i, startMs, judge)
        continue
      }
      if (likely === undefined && this.#unhashed.size === 0) {
        if (!hasFailed) continue
        // Where thousands of keys fail at once, their texts would take most of the time.
        if (!judge.hearsAll && !this.#hasCollided && panes.errors(i) < leastErrors) continue
      }
      const key = panes.text(i)
      let state = this.states.get(key)
      if (state === undefined) {
        if (!hasFailed) continue
        if (panes.errors(i) < leastErrors || !isOdd(panes, i, key, judge)) {
          judge.pane(key, hash, panes, i, undefined)
          continue
        }
        // One window may bring very many: what it may hold at once is bounded, too.
        if (this.states.size >= 2 * incidentLimits.states) this.#forget(startMs, judge)
        state = newState(key, startMs)
        this.states.set(key, state)
      }
      state.hash = hash
      if (likely !== undefined && likely !== state) this.#hasCollided = true
      this.#byHash.set(hash, state)
      marks[hash & marksMask] = 1
      if (this.#unhashed.size > 0) this.#unhashed.delete(key)
      this.#take(state, hash, panes, i, startMs, judge)
    }
  }

  /** A pane of a key that has a state, or that has one from now on. */
  #take(state: KeyState, hash: number, panes: KeyPanes, i: number, startMs: number, judge: KeyJudge): void {
    state.requests += panes.requests(i)
    for (const c of classIndexes) state.errors[c] += panes.errorsOf(i, c)
    if (panes.errors(i) > 0) state.lastErrorMs = startMs
    for (const c of classIndexes) {
      const evidence = state.evidence[c]
      if (state.errors[c] === 0 && evidence.isEmpty) continue
      const odds = oddsFor(state, c, judge)
      evidence.add(state.requests, state.errors[c], odds, judge.spread(c), startMs, keyStarts)
      const strength = evidence.current?.strength ?? 0
      if (strength > this.strongest[c]) this.strongest[c] = strength
      if (evidence.isEmpty) {
        if (evidence.peak > 0) judge.ended(state.key, c, evidence.peak)
        evidence.peak = 0
      }
    }
    if (panes.errors(i) > 0 || tells(state) || state.holders > 0) judge.pane(state.key, hash, panes, i, state)
    this.#touched.push(state)
    if (tells(state)) this.#telling.add(state)
    else if (this.#telling.size > 0) this.#telling.delete(state)
    if (!isKept(state, startMs) && state.evidence[0].isEmpty && state.evidence[1].isEmpty) this.#drop(state, judge)
  }

  stored(): ReadonlyArray<StoredKeyState> {
    return Array.from(this.states.values(), ({ key, evidence, lastErrorMs, accepted }) => ({
      key,
      evidence: [evidence[0].stored(), evidence[1].stored()],
      last: lastErrorMs,
      ...(accepted === undefined ? {} : { accepted })
    }))
  }

  #forget(startMs: number, judge: KeyJudge): void {
    for (const state of this.states.values()) {
      if (state.accepted !== undefined && startMs >= state.accepted.untilMs) {
        state.accepted = undefined
        state.oddsVersion = -1
      }
      const keptMs = isWeak(state) ? incidentLimits.weakEvidenceMs : incidentLimits.evidenceMs
      if (isKept(state, startMs) || startMs - state.lastErrorMs < keptMs) continue
      this.#drop(state, judge)
    }
    if (this.states.size > incidentLimits.states) {
      const peakOf = ({ evidence }: KeyState) => Math.max(evidence[0].peak, evidence[1].peak)
      const weakest = [...this.states.values()]
        .filter((state) => !isKept(state, startMs))
        .sort((a, b) => peakOf(a) - peakOf(b) || (a.key < b.key ? -1 : 1))
      for (const state of weakest.slice(0, this.states.size - (incidentLimits.states >> 1))) this.#drop(state, judge)
      this.#touched = this.#touched.filter((state) => this.states.get(state.key) === state)
    }
    this.#marks.fill(0)
    for (const hash of this.#byHash.keys()) this.#marks[hash & marksMask] = 1
    for (const key of this.#unhashed) if (!this.states.has(key)) this.#unhashed.delete(key)
  }

  #drop(state: KeyState, judge: KeyJudge): void {
    for (const c of classIndexes) if (state.evidence[c].peak > 0) judge.ended(state.key, c, state.evidence[c].peak)
    if (state.hash !== undefined && this.#byHash.get(state.hash) === state) this.#byHash.delete(state.hash)
    this.states.delete(state.key)
    this.#telling.delete(state)
  }
}
