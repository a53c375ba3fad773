import {
  batchOf,
  Detection,
  defaultSettings,
  firstThresholds,
  Replay,
  tellPanes,
  thresholdsOf
} from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { bytesOf, common, logTime } from "../support/lines.ts"
import { zeroMs } from "../support/script.ts"

/** Three lines a second, of which every fifth second's come up to two minutes late. */
const batch = batchOf(
  Array.from({ length: 900 }, (_, s) => {
    const line = common({ time: logTime(zeroMs + (s % 5 === 0 ? s - ((s * 7) % 120) : s) * 1000) })
    return { seq: s + 1, source: "web1", storedMs: zeroMs + s * 1000, bytes: bytesOf([line, line, line].join("\n")) }
  })
)

/** Keeps the panes of each window, in the order in which windows are told. */
class Told {
  readonly windows: Array<{ readonly startMs: number; readonly panes: ReadonlyArray<string> }> = []
  #panes: Array<string> = []

  pane(...pane: ReadonlyArray<string | number>): void {
    this.#panes.push(pane.join(" "))
  }

  windowClosed(startMs: number): void {
    this.windows.push({ startMs, panes: this.#panes.sort() })
    this.#panes = []
  }
}

type Options = ConstructorParameters<typeof Detection>[2]

describe("windows told beside their being decided", () => {
  const { leastRequests } = defaultSettings
  const fold = (options: Partial<Options>) => {
    const inForce = thresholdsOf(firstThresholds)
    const detection = new Detection(defaultSettings, inForce, { origin: "logs", hashSeed: 1, ...options })
    detection.ingest(batch)
    detection.endOfLogs()
    return { counts: detection.counts, decisions: detection.take().decisions }
  }
  const beside = new Told()
  const decided = fold({ closed: (window) => tellPanes(beside, window, leastRequests) })

  it("are those that an observer is told, once each, with the lines that came late", () => {
    const observed = new Told()
    fold({ observer: new Replay(leastRequests, [observed]) })
    expect(decided.counts.revisions).toBeGreaterThan(10)
    expect(beside.windows.length).toBe(decided.counts.windows)
    expect(beside.windows).toEqual(observed.windows)
  })

  it("change nothing that is decided", () => {
    expect(decided).toEqual(fold({}))
  })
})
