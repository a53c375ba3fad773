import {
  type Checkpoint,
  checkpointSchema,
  type SourceTally,
  type Tally,
  type TallyCounts,
  tallySchema
} from "@chaussettes/domain"
import { type Headline, headlineOf, incidentViewsOf, type StatusInput, statusOf, toneOf } from "@chaussettes/readmodel"
import { describe, expect, it } from "vitest"
import { eventAt } from "../../readmodel/test/incident-events.ts"
import { recordOf } from "../../readmodel/test/records.ts"
import { wordsOf } from "../src/index.ts"

const nowMs = Date.UTC(2026, 10, 24, 10, 2)

const counts = (lines: number, some: Partial<TallyCounts> = {}): TallyCounts => ({
  lines,
  revised: 0,
  late: 0,
  rejected: {},
  ...some
})

const source = (name: string, some: Partial<SourceTally> = {}): SourceTally => ({
  name,
  ...counts(10),
  offset_ms: 0,
  delay_ms: { p10: 900, median: 1_000, p90: 1_400 },
  disorder_ms: null,
  lateness_ms: 5_000,
  usual_gap_ms: 1_000,
  clock: null,
  ...some
})

const tally = (total: TallyCounts, sources: ReadonlyArray<SourceTally> = []): Tally => ({
  schema: tallySchema,
  at_ms: nowMs - 1_000,
  span_ms: 300_000,
  total,
  off_clock: sources.filter(({ clock }) => clock !== null).length,
  sources,
  others: null
})

const checkpoint: Checkpoint = {
  schema: checkpointSchema,
  resume_seq: 1,
  highest_seq: 9,
  logs_created: "x",
  decided_through_ms: null,
  clock_ms: nowMs,
  sources: ["web1", "web2"].map((name) => ({
    name,
    max_event_ms: null,
    promised_ms: null,
    ended: false,
    last_seen_ms: nowMs - 1_000
  })),
  windows_seq: 0,
  alerts_seq: 0
}

const status = (some: Partial<StatusInput> = {}) =>
  statusOf({
    nowMs,
    logs: { firstSeq: 1, lastSeq: 9, bytes: 1 },
    unreachable: null,
    checkpoint,
    waiting: 0,
    waitedBefore: null,
    oldestMs: null,
    maintenanceUntilMs: null,
    tally: null,
    lease: { holder: "a", generation: 1, renewedMs: nowMs - 1_000 },
    answers: [{}],
    thresholds: [],
    rules: [],
    unknownKeys: [],
    recent: [],
    incidents: [],
    ...some
  })

const windows = Array.from({ length: 12 }, (_, i) => recordOf(nowMs - (12 - i) * 10_000))

const said = (headline: Headline, language: "en" | "fr" = "en") => wordsOf(language).headline(headline).join("")

const ahead = source("web2", { clock: { kind: "zone", ahead_ms: 7_200_000 }, rejected: { future: 10 } })

describe("lines without a verdict", () => {
  it("are the headline where none can be read, before the first window: why, and what shows more", () => {
    const headline = headlineOf(status({ tally: tally(counts(1_200, { rejected: { prefix: 1_200 } })) }))
    expect(toneOf(headline)).toBe("bad")
    expect(said(headline)).toBe(
      "No line can be read: of 1,200 lines of the last 5 minutes, 1,200 are rejected (prefix). `chaussettes parse FILE` shows why."
    )
    expect(said(headline, "fr").replace(/\s/g, " ")).toBe(
      "Aucune ligne n’est lisible : sur 1 200 lignes des 5 dernières minutes, 1 200 sont rejetées (début de ligne, avant l’heure). `chaussettes parse FICHIER` montre pourquoi."
    )
  })

  it("name the source whose clock is off, and the flag that sets it right", () => {
    const headline = headlineOf(status({ tally: tally(counts(10, { rejected: { future: 10 } }), [ahead]) }))
    expect(said(headline)).toBe(
      "No line can be read: of 10 lines of the last 5 minutes, 10 are ahead of the clock. web2 is 2 h ahead: a wrong time zone? Correct its times with --source-offset web2=-2h."
    )
    expect(said(headline, "fr")).toMatch(
      /web2 est en avance de 2 h.: mauvais fuseau horaire.\? Corrigez ses heures avec --source-offset web2=-2h\.$/
    )
  })

  it("say what helps where nothing is known of a clock", () => {
    const late = headlineOf(status({ recent: windows, tally: tally(counts(100, { late: 60 })) }))
    expect(said(late)).toMatch(/^Most lines get no verdict \(60%\): .*60 came too late\. .*--horizon\.$/)
    const future = headlineOf(status({ recent: windows, tally: tally(counts(100, { rejected: { future: 70 } })) }))
    expect(said(future)).toMatch(/--source-offset\.$/)
  })

  it("are a warning where they are more than five in a hundred, and then nothing is fine", () => {
    const some = (late: number) => headlineOf(status({ recent: windows, tally: tally(counts(1_000, { late })) }))
    expect(some(50)._tag).toBe("Calm")
    expect(some(51)._tag).toBe("NoVerdict")
    expect(toneOf(some(51))).toBe("warn")
    expect(said(some(51))).toMatch(
      /^5\.1% of the lines get no verdict: of 1,000 lines of the last 5 minutes, 51 came too late\./
    )
  })

  it("stand behind an incident, and before it where they are most of the lines", () => {
    const incidents = incidentViewsOf([eventAt(nowMs - 10_000)])
    const at = (late: number) => headlineOf(status({ recent: windows, incidents, tally: tally(counts(100, { late })) }))
    expect(said(at(20))).toMatch(/ Affected: 31 clients\. 20% of the lines get no verdict: /)
    expect(said(at(60))).toMatch(/^Most lines/)
    expect(said(at(0))).toMatch(/Affected: 31 clients\.$/)
  })

  it("are said of now only: not of lines that came long ago, nor where the detector is gone", () => {
    const old = { ...tally(counts(10, { late: 10 })), at_ms: nowMs - 600_000 }
    expect(headlineOf(status({ tally: old }))).toEqual({ _tag: "NoData", detector: true })
    const gone = status({ recent: windows, tally: tally(counts(10, { late: 10 })), waiting: 5, lease: null })
    expect(headlineOf({ ...gone, detector: { ...gone.detector, state: "silent" } })._tag).toBe("DetectorSilent")
  })
})

describe("a source", () => {
  it("shows how late its lines come and how long they are waited for; those off the clock come first", () => {
    const { sources, recent } = status({ tally: tally(counts(20), [source("web1"), ahead]) })
    expect(recent).toEqual({ spanMs: 300_000, total: counts(20), offClock: 1 })
    expect(sources.map(({ name }) => name)).toEqual(["web2", "web1"])
    expect(sources[1]!.recent).toMatchObject({ lines: 10, withoutVerdict: 0, delayMs: 1_000, latenessMs: 5_000 })
    expect(sources[0]!.recent).toMatchObject({ withoutVerdict: 10, clock: { kind: "zone", ahead_ms: 7_200_000 } })
  })

  it.each([
    ["fast", 7_000, "web2 is 7 s ahead: a fast clock? Correct its times with --source-offset web2=-7s."],
    [
      "slow",
      -303_000,
      "web2 is 5 min 3 s behind: a slow clock, or a shipper that holds its lines back? Correct its times with --source-offset web2=5m3s."
    ],
    [
      "zone",
      -5_400_000,
      "web2 is 1 h 30 min behind: a wrong time zone? Correct its times with --source-offset web2=1h30m."
    ]
  ] as const)("is told to be %s in words, with what helps", (kind, aheadMs, words) => {
    const off = { name: "web2", offsetMs: 0, clock: { kind, ahead_ms: aheadMs } }
    const w = wordsOf("en")
    expect(`${w.offClock(off)} ${w.offClockRemedy(off)}`).toBe(words)
  })

  it("is set right by what it has already and what is missing", () => {
    const off = { name: "web2", offsetMs: -7_200_000, clock: { kind: "zone", ahead_ms: -3_600_000 } } as const
    expect(wordsOf("en").offClockRemedy(off)).toContain("web2=-1h.")
  })

  it("does nothing to the terminal by its name", () => {
    const off = { name: "web\u001b[2J", offsetMs: 0, clock: { kind: "fast", ahead_ms: 7_000 } } as const
    for (const language of ["en", "fr"] as const) {
      const w = wordsOf(language)
      expect(w.offClock(off) + w.offClockRemedy(off)).not.toContain("\u001b")
    }
  })
})
