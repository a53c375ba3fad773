import { describe, expect, it } from "vitest"
import { atTheBeginning, type DetectionStart, parseRfc3339, type WindowRecord } from "../src/index.ts"
import { Script } from "./support/script.ts"

const gaps = (script: Script): ReadonlyArray<number> => script.records.map((r) => r.since_last.gap)

/** Where a detector begins that has found these records newer than its checkpoint, or none. */
const startOf = (start: Partial<DetectionStart>): DetectionStart => ({ ...atTheBeginning, ...start })

const known = (...records: ReadonlyArray<WindowRecord>) => records.map((record, i) => ({ seq: i + 1, record }))

describe("sequences that are missing", () => {
  it("stand in the next record, once", () => {
    const script = new Script().lines([5]).lines([6], { seq: 5 }).lines([7], { seq: 6 }).lines([15], { seq: 9 })
    script.lines([25], { seq: 10 }).lines([35], { seq: 11 })
    expect(gaps(script)).toEqual([5, 0, 0])
    expect(script.detection.counts.gap).toBe(5)
  })

  it("before a message that silence had decided windows before belong to the record after", () => {
    const script = new Script().lines([5]).silence(90).lines([100], { seq: 4 }).lines([115], { seq: 5 })
    expect(script.decided).toEqual(["0: 1, idle", "100: 1, watermark"])
    expect(gaps(script)).toEqual([0, 2])
    expect(script.records[0]?.through_seq).toBe(1)
  })

  it("before the first message are none where LOGS begins there", () => {
    const script = new Script({}, startOf({ readThroughSeq: 999 })).lines([5]).lines([15])
    expect(gaps(script)).toEqual([0])
    expect(script.detection.position()).toMatchObject({ resumeSeq: 1_001, highestSeq: 1_001 })
  })

  it("are told after a restart what no record has told, and only that", () => {
    const first = new Script().lines([5]).lines([15]).lines([16], { seq: 5 })
    const { record } = first.decisions[0]!
    expect(record.through_seq).toBe(2)
    // LOGS has dropped 6 and 7 since; 3 and 4 were never there and no record has said so
    const second = new Script(
      {},
      startOf({
        decidedThroughMs: parseRfc3339(record.decided_through)!,
        countedThroughSeq: record.through_seq,
        readThroughSeq: record.resume_seq - 1
      })
    )
    second.lines([15]).lines([16], { seq: 5 }).lines([25], { seq: 8 })
    expect(gaps(second)).toEqual([4])
  })

  it("are not told again when they are read over again before a record that told them", () => {
    const first = new Script().lines([5]).lines([15]).lines([16], { seq: 5 }).lines([25], { seq: 6 })
    expect(gaps(first)).toEqual([0, 2])
    // the checkpoint is of sequence 2: what follows there is the hole that the second record has told
    const second = new Script(
      {},
      startOf({
        decidedThroughMs: parseRfc3339(first.records[0]!.decided_through)!,
        countedThroughSeq: 6,
        readThroughSeq: 1,
        known: known(...first.records.slice(1))
      })
    )
    second.lines([15]).lines([16], { seq: 5 }).lines([25], { seq: 6 }).lines([35], { seq: 7 })
    expect(gaps(second)).toEqual([2, 0])
    expect(second.detection.counts.gap).toBe(0)
  })

  it("at the start of what is read again were trimmed off since: their lines are missing, and that is told", () => {
    const first = new Script().lines([5]).lines([15]).lines([16]).lines([17])
    const { record } = first.decisions[0]!
    const second = new Script(
      {},
      startOf({
        decidedThroughMs: parseRfc3339(record.decided_through)!,
        countedThroughSeq: record.through_seq,
        readThroughSeq: record.resume_seq - 1
      })
    )
    second.lines([17], { seq: 4 }).lines([25], { seq: 5 })
    expect(second.decided).toEqual(["10: 1, watermark"])
    expect(gaps(second)).toEqual([2]) // 2 and 3
  })
})

describe("records whose lines LOGS no longer holds", () => {
  const first = new Script().lines([5, 6]).lines([15]).lines([25])
  const from = (readThroughSeq: number) =>
    new Script({}, startOf({ countedThroughSeq: 3, readThroughSeq, known: known(...first.records) }))

  it("are derived again where it holds them", () => {
    const again = from(0).lines([5, 6]).lines([15]).lines([25])
    expect(again.lost).toEqual([])
    expect(again.decisions.map((d) => [d.recordSeq, JSON.stringify(d.record)])).toEqual(
      first.records.map((r, i) => [i + 1, JSON.stringify(r)])
    )
  })

  it("are lost where all of them are gone, and the life goes on behind them", () => {
    const again = from(0).lines([35], { seq: 10 }).lines([45], { seq: 11 })
    expect(again.lost.map(({ seq }) => seq)).toEqual([1, 2])
    expect(again.decided).toEqual(["30: 1, watermark"])
  })

  it("are lost where a part is gone, and those that are whole are not", () => {
    const again = from(0).lines([6]).lines([15]).lines([25]).lines([35])
    expect(again.lost.map(({ seq }) => seq)).toEqual([1])
    expect(again.decisions.map((d) => d.recordSeq)).toEqual([2, undefined])
  })

  it("are lost where the lines that are held make another window of it", () => {
    const again = from(0).lines([5, 6], {}, { status: "500" }).lines([15]).lines([25])
    expect(again.lost.map(({ seq }) => seq)).toEqual([1])
  })

  it("keep silence from deciding until all of them have been reached", () => {
    const again = from(0).lines([5, 6]).silence(10_000)
    expect(again.decided).toEqual([])
    expect(again.detection.replaying).toBe(true)
    expect(again.lines([15]).lines([25]).detection.replaying).toBe(false)
    expect(again.silence(10_000).decided).toEqual(["0: 2, watermark", "10: 1, watermark", "20: 1, idle"])
  })
})

describe("a record wins", () => {
  it("over seuils that have changed since: its alerts are those of its own", () => {
    const first = new Script().lines([5, 6, 7], {}, { status: "500" }).lines([15])
    const alerts = first.decisions[0]!.alerts
    expect(alerts.length).toBe(2)
    const again = new Script({}, startOf({ countedThroughSeq: 2, known: known(...first.records) }))
    again.detection.setThresholds({
      global: { value: 1, revision: 9 },
      ip: { value: 1, revision: 9 },
      url: { value: 1, revision: 9 }
    })
    again.lines([5, 6, 7], {}, { status: "500" }).lines([15])
    expect(JSON.stringify(again.decisions[0]!.alerts)).toBe(JSON.stringify(alerts))
    expect(again.lines([16, 17, 18], {}, { status: "500" }).lines([25]).decisions[1]!.alerts).toEqual([])
  })

  it("over settings that have changed since: language and least requests are those of its own", () => {
    const first = new Script({ language: "fr", leastRequests: { global: 1, ip: 3, url: 3 } })
    first.lines([5, 6, 7], {}, { status: "500" }).lines([15])
    const again = new Script({}, startOf({ countedThroughSeq: 2, known: known(...first.records) }))
    again.lines([5, 6, 7], {}, { status: "500" }).lines([15])
    expect(first.decisions[0]!.alerts.length).toBe(3)
    expect(JSON.stringify(again.decisions[0]!.alerts)).toBe(JSON.stringify(first.decisions[0]!.alerts))
  })

  it("over the clock: what the first life decided on silence, the second decides where it did", () => {
    const first = new Script().lines([5]).silence(100).lines([12], { at: 101 })
    expect(first.decided).toEqual(["0: 1, idle"])
    // The second life reads at once what the first waited for. By the watermark alone its line at 6 would have been in time.
    const again = new Script({}, startOf({ countedThroughSeq: 1, known: known(...first.records) }))
    again.lines([5]).lines([12, 6], { at: 14 })
    expect(again.decided).toEqual(["0: 1, idle"])
    expect(again.rejected).toEqual(["2.2 late"])
  })
})
