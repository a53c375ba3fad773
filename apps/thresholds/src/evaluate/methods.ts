import {
  type CalibratedOptions,
  type Calibration,
  calibrate,
  type DefaultDimension,
  type Dimension,
  defaultDimensions,
  defaultMostUnexplained,
  defaultSettings,
  defaultTarget,
  firstThresholds,
  forbidding,
  History,
  type KeyTotal,
  mapDimensions,
  type PerDimension,
  percentile99,
  type Refusal,
  type Threshold
} from "@chaussettes/domain"
import { type Rule, ruleOf, Sample } from "./rules.ts"
import type { Pane, SimulatedWindow } from "./site.ts"

const least = defaultSettings.leastRequests

/** What the methods are told of a simulated history. */
export class Told {
  readonly history = new History()
  readonly samples: PerDimension<Sample>
  #lines = 0
  #errors = 0
  readonly #ip: Array<{ requests: number; errors: number }> = []
  readonly #url: Array<{ requests: number; errors: number }> = []

  constructor(uniform: () => number) {
    this.samples = mapDimensions(() => new Sample(100_000, uniform))
  }

  window(window: SimulatedWindow): void {
    this.#lines += window.global.requests
    this.#errors += window.global.errors
    this.#pane("global", window.global)
    for (const pane of window.ip) {
      total(this.#ip, pane)
      if (pane.requests >= least.ip) this.#pane("ip", pane)
    }
    for (const pane of window.url) {
      total(this.#url, pane)
      if (pane.requests >= least.url) this.#pane("url", pane)
    }
    this.history.windowClosed(window.startMs)
  }

  percentile(): PerDimension<number> {
    const of = (keys: ReadonlyArray<KeyTotal>) => keys.filter((key) => key !== undefined)
    return percentile99({ lines: this.#lines, errors: this.#errors, ip: of(this.#ip), url: of(this.#url) }).thresholds
  }

  #pane(dimension: DefaultDimension, pane: Pane): void {
    this.history.pane(dimension, pane.requests, pane.errors, Math.imul(pane.key + 1, 0x9e3779b1))
    this.samples[dimension].add(pane.requests, pane.errors)
  }
}

const total = (keys: Array<{ requests: number; errors: number }>, pane: Pane): void => {
  keys[pane.key] ??= { requests: 0, errors: 0 }
  const key = keys[pane.key]!
  key.requests += pane.requests
  key.errors += pane.errors
}

/** What the calibrated method says of a history, and the rule that is then in force. */
export interface Calibrated {
  readonly calibrations: PerDimension<Calibration>
  readonly refusal: { readonly dimension: Dimension; readonly refusal: Refusal } | undefined
  readonly rule: Rule | undefined
  readonly thresholds: PerDimension<Threshold> | undefined
}

export const calibratedOf = (history: History, options: Pick<CalibratedOptions, "leastPanes"> = {}): Calibrated => {
  const calibrations = calibrate(history, {
    ...options,
    target: defaultTarget,
    leastRequests: least,
    mostUnexplained: defaultMostUnexplained
  })
  const refusal = forbidding(calibrations)
  if (refusal !== undefined) return { calibrations, refusal, rule: undefined, thresholds: undefined }
  const thresholds = mapDimensions((d) => {
    const c = calibrations[d]
    return c._tag === "Calibrated" ? c.threshold : firstThresholds[d]
  })
  return { calibrations, refusal, rule: ruleOf("calibrated", thresholds), thresholds }
}

export const fixedRule: Rule = ruleOf("fixed 0.1 / 0.3 / 0.5", firstThresholds)

/** Eligible panes of a window, by dimension. */
export const eligible = (window: SimulatedWindow, see: (dimension: DefaultDimension, pane: Pane) => void): void => {
  for (const d of defaultDimensions) {
    if (d === "global") see(d, window.global)
    else for (const pane of window[d]) if (pane.requests >= least[d]) see(d, pane)
  }
}
