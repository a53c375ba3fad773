import { describe, expect, it } from "vitest"
import { defaultSettings, limits, type WindowRecord } from "../src/index.ts"
import { accountedBy } from "./support/life.ts"
import { Script } from "./support/script.ts"

// Windows of 10 s, 5 s of lateness, a horizon of 10 minutes: the defaults of the product.

const script = () => new Script(defaultSettings)

const bad = { status: "504", request: "GET /slow HTTP/1.1", client: "192.0.2.9" }

/** `second of its start: total, errors; +added, raised`, or how it closed where it is no revision. */
const told = ({ records }: Script): ReadonlyArray<string> =>
  records.map(({ start, total, errors, closed_by, revision }) => {
    const second = (Date.parse(start) - Date.parse("2015-05-17T10:00:00Z")) / 1000
    const why = revision === undefined ? closed_by : `+${revision.added.total}, ${revision.raised} raised`
    return `${second}: ${total}, ${errors}; ${why}`
  })

const sent = ({ detection }: Script): number => detection.counts.lines

const isAccountedFor = (of: Script) => expect(accountedBy(of.records).lines).toBe(sent(of))

describe("a line for a decided window", () => {
  it("is folded into it, and the window is judged again by the thresholds of its record", () => {
    const late = script().lines([1, 2, 3, 4]).lines([15])
    expect(told(late)).toEqual(["0: 4, 0; watermark"])
    late.lines([5, 6], { at: 16 }, bad).lines([25])
    expect(told(late)).toEqual(["0: 4, 0; watermark", "0: 6, 2; +2, 1 raised", "10: 1, 0; watermark"])
    const [, { record, alerts }] = late.decisions as [unknown, (typeof late.decisions)[number]]
    expect(alerts.map((a) => [a.id, a.total_requests, a.errors, a.timestamp])).toEqual([
      ["global.20150517T100000Z-10s", 6, 2, "2015-05-17T10:00:10Z"]
    ])
    expect(record).toMatchObject({
      schema: "chaussettes.revision.v1",
      through_seq: 4,
      closed_by: "late",
      revision: { number: 1, added: { total: 2, errors: 2, first_seq: 3, last_seq: 3 }, raised: 1 },
      since_last: { late: 0 }
    })
    expect(late.rejected).toEqual([])
  })

  it("raises no alert twice, and takes none back", () => {
    const late = script().lines([1, 2, 3], {}, bad).lines([15])
    expect(late.decisions[0]!.alerts.map((a) => a.type)).toEqual(["GLOBAL_ERROR_RATE", "URL_ERROR_RATE"])
    late.lines([4], { at: 16 }, bad).lines([5, 6, 7, 8, 9], { at: 17 }, { client: "192.0.2.9" }).lines([25])
    expect(told(late)[1]).toBe("0: 9, 4; +6, 1 raised")
    // the client has enough requests for a verdict only now
    expect(late.decisions[1]!.alerts.map((a) => a.type)).toEqual(["IP_ERROR_RATE"])
    expect(late.records[1]!.breaches).toEqual({ global: 1, ip: 1, url: 1 })
    expect(late.records[1]!.suppressed).toBe(0)
  })

  it("waits no longer than a window for its revision, also where nothing else is decided", () => {
    const late = script().lines([1]).lines([15]).lines([2], { at: 16 }).lines([16], { at: 25.9 })
    expect(told(late)).toHaveLength(1)
    expect(told(late.lines([17], { at: 26 }))).toEqual(["0: 1, 0; watermark", "0: 2, 0; +1, 0 raised"])
    expect(told(late.lines([3], { at: 27 }).silence(37))[2]).toBe("0: 3, 0; +1, 0 raised")
  })

  it("has one where the window had no line before", () => {
    const late = script().lines([1]).lines([45]).lines([12], { at: 46 }, bad).silence(56)
    expect(told(late)).toEqual(["0: 1, 0; watermark", "10: 1, 1; +1, 1 raised"])
    expect(late.records[1]!.revision?.number).toBe(1)
  })

  it("is late beyond the horizon, counted and told as that", () => {
    const late = script().lines([9]).lines([20]).lines([700]).lines([720])
    const { late_before } = late.records.at(-1)!
    expect(late_before).toBe("2015-05-17T10:01:50Z")
    late.lines([109], { at: 721 }).lines([110], { at: 721 }).silence(735).silence(800)
    expect(late.rejected).toEqual(["5.1 late"])
    expect(told(late)).toContain("110: 1, 0; +1, 0 raised")
    isAccountedFor(late)
  })

  it("is judged by the thresholds that its window was judged by, whatever is in force by then", () => {
    const late = script().lines([1, 2, 3, 4]).lines([15])
    const { seuils } = late.records[0]!
    late.detection.setThresholds({ ...seuils, global: { value: 0.9, revision: 7 } })
    late.lines([5, 6], { at: 16 }, bad).lines([25])
    expect(late.records.map((r) => r.seuils.global.revision)).toEqual([1, 1, 7])
    expect(late.records[1]!.revision?.raised).toBe(1)
  })
})

describe("the limits of the horizon", () => {
  it("let the oldest windows go: from the record that says so on, lines for them are late", () => {
    const many = new Script({ ...defaultSettings, windowMs: 1_000, horizonMs: limits.longestHorizonMs * 24 })
    for (let second = 0; second < limits.retainedWindows + 200; second++) many.lines([second])
    expect(many.detection.retainedWindows).toBeLessThanOrEqual(limits.retainedWindows)
    const last = many.records.at(-1)!
    expect(Date.parse(last.decided_through) - Date.parse(last.late_before!)).toBe(limits.retainedWindows * 1_000)
    many.lines([0], { at: limits.retainedWindows + 200 })
    expect(many.rejected.length).toBe(1)
  })
})

describe("cases that blinded the detection", () => {
  it("a line four minutes ahead of the clock makes no other late", () => {
    const late = script()
    for (let s = 0; s < 20; s++) late.lines([s])
    late.lines([20 + 240], { at: 20 })
    for (let s = 20; s < 95; s += 0.5) late.lines([Math.floor(s)], { at: s })
    expect([late.detection.counts.late, late.detection.counts.revised]).toEqual([0, 0])
    expect(late.records.every((r) => r.total >= 10)).toBe(true)
  })

  it("nor does one that comes first of all", () => {
    const late = script().lines([240], { at: 0 })
    for (let s = 0; s < 75; s += 0.5) late.lines([Math.floor(s)], { at: s })
    expect([late.detection.counts.late, late.detection.counts.revised]).toEqual([0, 0])
    expect(late.decisions.flatMap((d) => d.alerts)).toEqual([])
  })

  it("slow requests: errors that are logged a minute late are told within two windows of their coming", () => {
    const late = script()
    for (let s = 0; s < 120; s++) late.lines([s]).lines([s - 60], { at: s }, bad)
    const { counts } = late.detection
    expect(counts.late).toBe(0)
    // the line of second s comes at s + 60
    const raisedAt = new Map<string, number>()
    for (const { record, alerts } of late.decisions) {
      for (const alert of alerts) if (!raisedAt.has(alert.id)) raisedAt.set(alert.id, record.through_seq / 2)
    }
    expect(raisedAt.size).toBeGreaterThan(5)
    for (const [id, at] of raisedAt) {
      const from = Date.parse(id.replace(/.*\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*/, "$1-$2-$3T$4:$5:$6Z"))
      const firstCame = (from - Date.parse("2015-05-17T10:00:00Z")) / 1000 + 60
      expect(at - Math.max(0, firstCame)).toBeLessThanOrEqual(20)
    }
    // punctual lines are told as soon as without the slow ones
    const punctual = late.records.filter((r) => r.revision === undefined && r.closed_by === "watermark")
    expect(punctual.length).toBeGreaterThanOrEqual(10)
  })

  it("three pipes after an outage of the server: nothing is late, whoever comes back first", () => {
    const late = script()
    const sources = ["a", "b", "c"]
    for (let s = 0; s < 30; s++) for (const source of sources) late.lines([s], { source })
    // all come back at different times with what piled up
    for (const [i, source] of sources.entries()) {
      for (let s = 30; s < 75; s++) late.lines([s], { source, at: 75 + i * 8 })
    }
    for (let s = 95; s < 140; s++) for (const source of sources) late.lines([s], { source })
    const { counts } = late.detection
    expect([counts.late, counts.revised]).toEqual([0, 0])
  })

  it("an outage longer than the horizon, too", () => {
    const late = script()
    const sources = ["a", "b", "c"]
    for (let s = 0; s < 30; s++) for (const source of sources) late.lines([s], { source })
    for (const [i, source] of sources.entries()) {
      for (let s = 30; s < 1_500; s += 3) late.lines([s], { source, at: 1_500 + i * 8 })
    }
    for (let s = 1_520; s < 1_600; s++) for (const source of sources) late.lines([s], { source })
    expect(late.detection.counts.late).toBe(0)
  })

  it("a source that sends every 40 s beside a live one loses nothing and holds nobody back", () => {
    const late = script()
    let worst = 0
    for (let s = 0; s < 400; s++) {
      late.lines([s], { source: "live" })
      if (s % 40 === 39)
        late.lines(
          Array.from({ length: 40 }, (_, i) => s - 39 + i),
          { source: "batch", at: s }
        )
      if (s > 130)
        worst = Math.max(worst, s - (late.detection.decidedThroughMs - Date.parse("2015-05-17T10:00:00Z")) / 1000)
    }
    expect(late.detection.counts.late).toBe(0)
    // a window's length and the lateness, once its pauses are known
    expect(worst).toBeLessThan(17)
    late.silence(500)
    isAccountedFor(late)
  })

  it("a host whose clock is five minutes slow beside a right one holds nothing back and loses nothing", () => {
    const late = script()
    for (let s = 0; s < 120; s++) {
      late.lines([s], { source: "right" }).lines([s - 300], { source: "slow", at: s })
    }
    const punctual = late.records.filter((r) => r.revision === undefined && r.start >= "2015-05-17T10:00:00Z")
    expect(punctual.length).toBeGreaterThanOrEqual(10)
    expect(late.detection.counts.late).toBe(0)
    late.silence(200)
    isAccountedFor(late)
  })
})

describe("a clock that is known to be wrong", () => {
  it("is set right by its offset, which stands in the records", () => {
    const settings = { ...defaultSettings, sourceOffsets: { web2: -7_200_000 } }
    const late = new Script(settings)
    for (let s = 0; s < 30; s++) late.lines([s], { source: "web1" }).lines([7_200 + s], { source: "web2", at: s })
    expect(late.rejected).toEqual([])
    expect(late.records[0]).toMatchObject({ total: 20, rules: { source_offsets: { web2: -7_200_000 } } })
    expect(new Script(defaultSettings).lines([7_200], { at: 0 }).rejected).toEqual(["1.1 future"])
  })
})

describe("the lateness of a source", () => {
  const learnt = (records: ReadonlyArray<WindowRecord>) =>
    records.flatMap((r) => (r.learnt === undefined ? [] : [r.learnt]))

  it("is learnt from how disordered its lines are, within bounds, and stands in the records", () => {
    const late = new Script({ ...defaultSettings, learnsLateness: true })
    for (let s = 0; s < 600; s += 1) {
      late.lines([s, s, s, s], { source: "orderly" })
      // one of four lines is up to eight seconds older than the one before it
      late.lines([s, s, s, s - (s % 9)], { source: "shuffled", at: s })
    }
    const byEnd = Object.assign({}, ...learnt(late.records))
    expect(byEnd.orderly).toBe(limits.leastLatenessMs)
    expect(byEnd.shuffled).toBeGreaterThan(8_000)
    expect(byEnd.shuffled).toBeLessThanOrEqual(limits.mostLatenessMs)
    expect(late.detection.counts.late).toBe(0)
  })

  it("does not rise for lines that no lateness would wait for", () => {
    const late = new Script({ ...defaultSettings, learnsLateness: true })
    for (let s = 0; s < 900; s++) late.lines([s, s, s - 60], { at: s })
    expect(Object.assign({}, ...learnt(late.records)).a).toBe(limits.leastLatenessMs)
  })
})
