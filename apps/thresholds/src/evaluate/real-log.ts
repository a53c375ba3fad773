import {
  Detection,
  type DetectionSettings,
  defaultSettings,
  firstThresholds,
  mapDimensions,
  type OpenWindow,
  type PerDimension,
  percentile99,
  Replay,
  type Threshold,
  thresholdsOf,
  type WindowObserver
} from "@chaussettes/domain"
import { type Calibrated, calibratedOf } from "./methods.ts"
import { ruleOf } from "./rules.ts"
import { Tally } from "./tally.ts"

/** A real log, learnt from in its first half and counted in its second. */
export interface RealResult {
  readonly windowMs: number
  readonly lines: number
  readonly windows: readonly [learnt: number, counted: number]
  readonly calibrated: Calibrated
  readonly tallies: ReadonlyArray<Tally>
}

/** Tells one half of the windows to a replay, and the panes of the other half to tallies. */
class Halves implements WindowObserver {
  readonly late: OpenWindow
  readonly learnt: Replay
  readonly #splitMs: number
  readonly panes: Array<readonly ["global" | "ip" | "url", number, number]> = []
  counted = 0

  constructor(learnt: Replay, splitMs: number) {
    this.learnt = learnt
    this.late = learnt.late
    this.#splitMs = splitMs
  }

  window(window: OpenWindow): void {
    if (window.startMs < this.#splitMs) {
      this.learnt.window(window)
      return
    }
    this.counted++
    const { leastRequests } = defaultSettings
    this.panes.push(["global", window.total, window.errors])
    for (const [dimension, table] of [
      ["ip", window.ips],
      ["url", window.urls]
    ] as const) {
      for (let i = 0; i < table.count; i++) {
        if (table.total(i) >= leastRequests[dimension]) this.panes.push([dimension, table.total(i), table.errors(i)])
      }
    }
  }
}

const fold = (log: Uint8Array, settings: DetectionSettings, observer: WindowObserver) => {
  const detection = new Detection(settings, thresholdsOf(firstThresholds), { origin: "file", hashSeed: 1, observer })
  detection.ingestLines(log, 0, log.length, 1)
  detection.endOfFile()
  return detection.counts
}

export const runReal = (log: Uint8Array, windowMs: number): RealResult => {
  const settings: DetectionSettings = { ...defaultSettings, windowMs, allowedLatenessMs: 3_600_000 }
  const starts: Array<number> = []
  const all = new Replay(settings.leastRequests, [{ pane: () => {}, windowClosed: (startMs) => starts.push(startMs) }])
  const { lines } = fold(log, settings, all)
  starts.sort((a, b) => a - b)
  const halves = new Halves(new Replay(settings.leastRequests), starts[Math.floor(starts.length / 2)]!)
  fold(log, settings, halves)
  const calibrated = calibratedOf(halves.learnt.history)
  const accepted = (of: Calibrated): PerDimension<Threshold> =>
    mapDimensions((d) => {
      const c = of.calibrations[d]
      return c._tag === "Calibrated" ? c.threshold : firstThresholds[d]
    })
  const lenient = calibratedOf(halves.learnt.history, { leastPanes: [20, 10, 10] })
  const tallies = [
    ruleOf("calibrated, what was accepted, else 0.1 / 0.3 / 0.5", accepted(calibrated)),
    ruleOf("calibrated, as if there were enough history", accepted(lenient)),
    ruleOf("percentile_99", percentile99(halves.learnt.totals()).thresholds),
    ruleOf("fixed 0.1 / 0.3 / 0.5", firstThresholds)
  ].map((rule) => new Tally(rule))
  for (const [dimension, requests, errors] of halves.panes) {
    for (const tally of tallies) tally.add(dimension, requests, errors)
  }
  return { windowMs, lines, windows: [starts.length - halves.counted, halves.counted], calibrated, tallies }
}
