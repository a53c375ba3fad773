import type { Dimension, PaneSink } from "@chaussettes/domain"

/** A small seeded generator (mulberry32): enough to draw panes for a test. */
export const uniformOf = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

interface TestPane {
  readonly dimension: Dimension
  readonly requests: number
  readonly errors: number
  readonly key: number
}

export interface TestWindow {
  readonly startMs: number
  readonly panes: ReadonlyArray<TestPane>
}

/** Errors of `requests` that each fail with this rate. */
export const failing = (uniform: () => number, requests: number, rate: number): number => {
  let errors = 0
  for (let i = 0; i < requests; i++) if (uniform() < rate) errors++
  return errors
}

/** Windows of ten seconds with some IPs, some URLs and all traffic; every key has a rate of its own about the mean. */
export const windowsOf = (options: {
  readonly windows: number
  readonly seed: number
  readonly rate: number
  readonly keys?: number
  readonly startMs?: number
  /** Every so many windows all traffic fails by so much more. */
  readonly outage?: { readonly every: number; readonly more: number }
}): ReadonlyArray<TestWindow> => {
  const uniform = uniformOf(options.seed)
  const keys = options.keys ?? 12
  return Array.from({ length: options.windows }, (_, i) => {
    const struck = options.outage !== undefined && i % options.outage.every === 0
    const panes: Array<TestPane> = []
    const requests = 250 + Math.floor(uniform() * 100)
    const rate = struck ? options.rate + options.outage!.more : options.rate
    panes.push({ dimension: "global", requests, errors: failing(uniform, requests, rate), key: 0 })
    for (const [dimension, least] of [
      ["ip", 5],
      ["url", 3]
    ] as const) {
      for (let key = 0; key < keys; key++) {
        const n = least + Math.floor(uniform() * (60 / (key + 1)))
        const own = options.rate * (0.7 + (0.6 * ((key * 7) % keys)) / keys)
        panes.push({ dimension, requests: n, errors: failing(uniform, n, own), key: key * 7919 + 13 })
      }
    }
    return { startMs: (options.startMs ?? 0) + i * 10_000, panes }
  })
}

export const tell = <S extends PaneSink>(sink: S, windows: Iterable<TestWindow>): S => {
  for (const { startMs, panes } of windows) {
    for (const { dimension, requests, errors, key } of panes) sink.pane(dimension, requests, errors, key)
    sink.windowClosed(startMs)
  }
  return sink
}

export const shuffled = <A>(values: ReadonlyArray<A>, uniform: () => number): ReadonlyArray<A> => {
  const copy = [...values]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1))
    ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
  }
  return copy
}
