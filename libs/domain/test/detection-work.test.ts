import { describe, expect, it } from "vitest"
import {
  atTheBeginning,
  batchOf,
  Detection,
  type DetectionStart,
  defaultSettings,
  firstThresholds,
  type LogMessage,
  thresholdsOf
} from "../src/index.ts"
import { bytesOf, common, logTime } from "./support/lines.ts"
import { zeroMs } from "./support/script.ts"
import { workOf } from "./support/work.ts"

const settings = { ...defaultSettings, windowMs: 1_000, idleMs: 1e9 }

/** A detection with so many windows open at once, and a log in which each message then decides the oldest one of them. */
const withOpen = (open: number) => {
  const messages = Array.from(
    { length: 3 * open },
    (_, i): LogMessage => ({
      seq: i + 1,
      source: "a",
      storedMs: zeroMs + i * 1_000,
      bytes: bytesOf(common({ time: logTime(zeroMs + i * 1_000) }))
    })
  )
  const detection = (start: DetectionStart = atTheBeginning) =>
    new Detection({ ...settings, allowedLatenessMs: open * 1_000 }, thresholdsOf(firstThresholds), {
      origin: "logs",
      hashSeed: 1,
      start
    })
  return { messages, detection }
}

/** What it costs with twice as many windows open, for twice as many lines: twice as much, and not four times. */
const growth = async (work: (open: number) => Promise<number>): Promise<number> => {
  const [few, many] = [await work(500), await work(1_000)]
  return many / few
}

const src = /libs\/domain\/src\//

describe("with many windows open the work grows with the lines and not with their square", () => {
  it("where the watermark decides one window after the other", async () => {
    const work = (open: number) => {
      const { messages, detection } = withOpen(open)
      const life = detection()
      return workOf(src, () => {
        for (const message of messages) life.ingest(batchOf([message]))
        expect(life.counts.windows).toBe(2 * open - 1)
      })
    }
    expect(await growth(work)).toBeLessThan(2.4)
  })

  it("where records decide, as in a recovery", async () => {
    const work = (open: number) => {
      const { messages, detection } = withOpen(open)
      const first = detection()
      first.ingest(batchOf(messages))
      const known = first.take().decisions.map(({ record }, i) => ({ seq: i + 1, record }))
      const countedThroughSeq = known.at(-1)!.record.through_seq
      const second = detection({ ...atTheBeginning, countedThroughSeq, known })
      return workOf(src, () => {
        second.ingest(batchOf(messages))
        expect(second.take().decisions.filter(({ recordSeq }) => recordSeq !== undefined)).toHaveLength(known.length)
      })
    }
    expect(await growth(work)).toBeLessThan(2.4)
  })

  it("where the windows ahead of the clock wait for it", async () => {
    const work = (open: number) => {
      const { detection } = withOpen(open)
      const life = detection()
      const lines = Array.from({ length: open }, (_, i) => common({ time: logTime(zeroMs + i * 250) }))
      life.ingest(
        batchOf([{ seq: 1, source: "a", storedMs: zeroMs, bytes: bytesOf(lines.join("\n")), watermark: "end" }])
      )
      return workOf(src, () => {
        for (let i = 1; i <= open; i++) life.silence(zeroMs + i * 250)
        expect(life.openWindows).toBe(0)
      })
    }
    expect(await growth(work)).toBeLessThan(2.4)
  })
})
