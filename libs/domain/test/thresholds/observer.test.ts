import {
  batchOf,
  Detection,
  defaultSettings,
  firstThresholds,
  type OpenWindow,
  Replay,
  tellPanes,
  thresholdsOf,
  type WindowObserver,
  type WindowWatcher
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

describe("windows that an observer is told in place of their being decided", () => {
  const { leastRequests } = defaultSettings
  const fold = (options: Partial<Options>) => {
    const inForce = thresholdsOf(firstThresholds)
    const detection = new Detection(defaultSettings, inForce, { origin: "logs", hashSeed: 1, ...options })
    detection.ingest(batch)
    detection.endOfLogs()
    return { counts: detection.counts, decisions: detection.take().decisions }
  }
  const observedBy = (observer: WindowObserver, watcher?: WindowWatcher) =>
    fold({ observer, ...(watcher === undefined ? {} : { watcher }) })
  const decided = fold({})

  it("are those that are decided, once each, with the lines that came late", () => {
    const observed = new Told()
    const { counts } = observedBy(new Replay(leastRequests, [observed]))
    expect(decided.counts.revisions).toBeGreaterThan(10)
    expect(observed.windows.length).toBe(decided.counts.windows)
    expect(counts.late).toBe(decided.counts.late)
  })

  it("are the same for an observer that counts no late lines", () => {
    const [counting, other] = [new Told(), new Told()]
    observedBy(new Replay(leastRequests, [counting]))
    const { counts } = observedBy({ window: (window) => tellPanes(other, window, leastRequests) })
    expect(other.windows).toEqual(counting.windows)
    expect(counts.late).toBe(decided.counts.late)
  })

  it("come to a watcher as they do where they are decided", () => {
    const seen = () => {
      const windows: Array<readonly [startMs: number, lines: number]> = []
      return { windows, decided: ({ startMs, total }: OpenWindow) => void windows.push([startMs, total]) }
    }
    const [beside, alone] = [seen(), seen()]
    fold({ watcher: beside })
    observedBy({ window: () => {} }, alone)
    expect(alone.windows.length).toBeGreaterThan(80)
    expect(alone.windows).toEqual(beside.windows)
  })
})
