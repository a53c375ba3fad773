import type { IncidentEvent, Tally, WindowRecord } from "@chaussettes/domain"
import { plain, wordsOf } from "@chaussettes/presentation"
import { describe, expect, it } from "vitest"
import { headlineOf, incidentViewsOf, type StatusInput, statusOf, toneOf } from "../src/index.ts"
import { closedAt, eventAt } from "./incident-events.ts"
import { recordOf } from "./records.ts"

const t0 = Date.UTC(2026, 10, 24, 10)

const record = (i: number, some: Partial<WindowRecord> = {}): WindowRecord =>
  recordOf(t0 + i * 10_000, { through_seq: (i + 1) * 100, resume_seq: (i + 1) * 100, ...some })

const event = (i: number, some: Partial<IncidentEvent> = {}): IncidentEvent => eventAt(t0 + i * 10_000, some)

const input = (some: Partial<StatusInput> = {}): StatusInput => ({
  nowMs: t0 + 125_000,
  logs: { firstSeq: 1, lastSeq: 1_300, bytes: 1 },
  unreachable: null,
  checkpoint: null,
  waiting: null,
  waitedBefore: null,
  oldestMs: null,
  maintenanceUntilMs: null,
  tally: null,
  lease: { holder: "a", generation: 2, renewedMs: t0 + 120_000 },
  answers: [],
  thresholds: [{ key: "global", text: "0.1", revision: 4, createdMs: t0 }],
  rules: [],
  unknownKeys: [],
  recent: Array.from({ length: 12 }, (_, i) => record(i)),
  incidents: [],
  ...some
})

describe("statusOf", () => {
  it("says what the detector says of itself, and nothing of one that only stands by", () => {
    const notReady = (...answers: StatusInput["answers"]) => statusOf(input({ answers })).detector.notReady
    const [standby, full] = [{ lead: "standing by while a leads" }, { store: "the disk is full" }]
    expect(notReady()).toEqual([])
    expect(notReady(full)).toEqual(["the disk is full"])
    expect(notReady(standby, full)).toEqual(["the disk is full"])
    expect(notReady(standby, {})).toEqual([])
    expect(notReady(full, {})).toEqual([])
    expect(notReady(standby)).toEqual([])
    const headline = headlineOf(statusOf(input({ answers: [full] })))
    expect(headline).toEqual({ _tag: "DetectorNotReady", why: "the disk is full" })
    expect(wordsOf("en").headline(headline)).toEqual(["The detector is not ready: the disk is full."])
  })

  it("gives lines a second over the last minute, the lag and what was not counted", () => {
    const status = statusOf(input())
    expect(status.linesPerSecond).toBe(10)
    expect(status.errorRate).toBe(0.05)
    expect(status.lagMessages).toBe(100)
    expect(status.lastHour).toMatchObject({ late: 12, rejected: { time: 24 }, gap: 0 })
  })

  it("tells client errors from server errors, and all of them by status, over the last hour", () => {
    const recent = [
      record(0, { statuses: [200, 90, 404, 7, 499, 1, 502, 2] }),
      record(1, { statuses: [0, 1, 200, 97, 404, 1, 503, 1] })
    ]
    expect(statusOf(input({ recent })).lastHour).toMatchObject({
      clientErrors: 9,
      serverErrors: 3,
      statuses: { 404: 8, 499: 1, 502: 2, 503: 1 }
    })
  })

  it("takes the lag that the server counts before what the records say", () => {
    expect(statusOf(input({ waiting: 0 })).lagMessages).toBe(0)
    expect(statusOf(input({ waiting: 3 })).lagMessages).toBe(3)
  })

  it("counts of a window with revisions its newest values, and what was counted with each", () => {
    const revision = { number: 1, added: { total: 50, errors: 45, first_seq: 900, last_seq: 990 }, raised: 1 }
    const late = record(10, { schema: "chaussettes.revision.v1", closed_by: "late", total: 150, errors: 50, revision })
    const status = statusOf(input({ recent: [...input().recent, late] }))
    expect(status.lastHour).toMatchObject({ requests: 1_250, errors: 105, late: 13 })
    expect(status.newest).toMatchObject({ endMs: t0 + 120_000 })
    expect(status.errorRate).toBeCloseTo(75 / 650)
  })

  it("says why a threshold in the bucket is not taken, and shows the one in force", () => {
    const status = statusOf(input({ thresholds: [{ key: "ip", text: "lots", revision: 9, createdMs: t0 }] }))
    expect(status.seuils.ip).toMatchObject({ rate: 0.3, refused: "it is neither a number nor JSON" })
    expect(headlineOf(status)._tag).toBe("ThresholdRefused")
  })

  it("says who set a threshold, where the metadata of a publication tells", () => {
    const entry = (key: string, text: string, revision: number) => ({ key, text, revision, createdMs: t0 })
    const seuils = [entry("global", "0.1", 4), entry("ip", "0.4", 9), entry("url", "0.5", 6)]
    const by = (metadata: object) => {
      const status = statusOf(input({ thresholds: [...seuils, entry("metadata", JSON.stringify(metadata), 7)] })).seuils
      return [status.global?.by, status.ip?.by, status.url?.by]
    }
    expect(by({ revisions: { global: 4, ip: 5 } })).toEqual(["computed", "hand", null])
    expect(by({ revisions: { global: 4, ip: 9, url: 6 }, restored_at: "2026-11-24T10:00:00Z" })).toEqual([
      "hand",
      "hand",
      "hand"
    ])
    expect(by([])).toEqual([null, null, null])
  })

  it("names sources whose format changed within a day, the newest first, also where the tally is old", () => {
    const change = (source: string, hours: number) => ({
      source,
      was: "common",
      now: "json",
      at_ms: input().nowMs - hours * 3_600_000
    })
    const tally: Tally = {
      schema: "chaussettes.tally.v1",
      at_ms: t0 - 7_200_000,
      span_ms: 300_000,
      total: { lines: 0, revised: 0, late: 0, rejected: {} },
      off_clock: 0,
      sources: [],
      others: null,
      format_changes: [change("old", 25), change("web1", 3), change("web2", 2)]
    }
    const status = statusOf(input({ tally }))
    expect(status.recent).toBeNull()
    expect(status.formatChanges.map(({ source, was, now }) => [source, was, now])).toEqual([
      ["web2", "common", "json"],
      ["web1", "common", "json"]
    ])
    const { format_changes: _, ...before } = tally
    expect(statusOf(input({ tally: before })).formatChanges).toEqual([])
  })

  describe("of rules for ignored traffic", () => {
    const put = (text: string) => [{ key: "ignore", text, revision: 7, createdMs: t0 }]
    const inForce = { revision: 6, rules: [{ name: "path=/ping", path: ["/ping"] }] }
    const recent = input().recent.map((r) => ({
      ...r,
      rules: { ...r.rules, reading: { version: 2 as const, trusted: [], ignore: inForce } },
      since_last: { ...r.since_last, ignored: { "path=/ping": 2 } }
    }))

    it("says how many are in force since when, and how much they took out", () => {
      const status = statusOf(input({ rules: put("health; status=499"), recent }))
      expect(status.ignore).toEqual({ rules: 2, revision: 7, sinceMs: t0, refused: null })
      expect(status.lastHour.ignored).toBe(24)
      expect(headlineOf(status)._tag).toBe("Calm")
    })

    it("says why they are not taken, and how many stay in force, where nothing worse is", () => {
      const status = statusOf(input({ rules: put("pth=/x\u001b[31m"), recent }))
      expect(status.ignore).toMatchObject({ rules: 1, refused: expect.stringContaining("pth is none of path") })
      const headline = headlineOf(status)
      expect(toneOf(headline)).toBe("warn")
      expect(wordsOf("en").headline(headline)).toEqual([
        "The rules for ignored traffic in the bucket are not used, because pth is none of path, status, agent, client, method. The last valid ones stay in force."
      ])
      expect(wordsOf("fr").headline(headline)[0]).toMatch(
        /^Les règles pour le trafic ignoré ne sont pas appliquées\. Le détecteur indique\u00a0: «\u00a0pth .*\u00a0»\./
      )
      const seuils = [{ key: "ip", text: "lots", revision: 9, createdMs: t0 }]
      expect(headlineOf(statusOf(input({ rules: put("pth=/"), thresholds: seuils })))._tag).toBe("ThresholdRefused")
    })

    it("says of declared formats how many sources have one, and why refused ones are not taken", () => {
      const formats = (text: string) => [{ key: "formats", text, revision: 8, createdMs: t0 }]
      const good = statusOf(input({ rules: formats("web1 combined\nweb2 common") }))
      expect(good.formats).toEqual({ sources: 2, revision: 8, sinceMs: t0, refused: null })
      expect(headlineOf(good)._tag).toBe("Calm")
      const reading = { version: 2 as const, trusted: [], formats: { revision: 7, by: { web1: "combined" } } }
      const recent = input().recent.map((r) => ({ ...r, rules: { ...r.rules, reading } }))
      const bad = statusOf(input({ rules: formats("web1 kombined"), recent }))
      expect(bad.formats).toMatchObject({ sources: 1, refused: expect.stringContaining("declared for web1") })
      expect(wordsOf("en").headline(headlineOf(bad))[0]).toMatch(
        /^The formats declared by source in the bucket are not/
      )
      expect(wordsOf("fr").headline(headlineOf(bad))[0]).toMatch(/^Les formats déclarés par source ne sont pas/)
      expect(statusOf(input({ rules: formats("") })).formats).toBeNull()
    })

    it("is nothing where nobody has put any, or has taken them away", () => {
      expect(statusOf(input()).ignore).toBeNull()
      expect(statusOf(input({ rules: put("") })).ignore).toBeNull()
    })
  })
})

describe("a key of the bucket that nothing reads", () => {
  const stray = (...keys: ReadonlyArray<string>) => keys.map((key) => ({ bucket: "seuils" as const, key }))
  const status = statusOf(input({ unknownKeys: stray("urls", "Global") }))

  it("is named, with how to be rid of it, where nothing worse is", () => {
    const headline = headlineOf(status)
    expect(headline).toEqual({ _tag: "StrayThreshold", key: "urls" })
    expect(toneOf(headline)).toBe("warn")
    expect(wordsOf("en").headline(headline)).toEqual([
      "The bucket seuils holds the unknown key “urls”: thresholds are global, ip and url. Remove it: chaussettes thresholds unset urls"
    ])
    expect(wordsOf("fr").headline(headline)[0]).toMatch(/la clé inconnue «\u00a0urls\u00a0»/)
  })

  it("comes behind a threshold that is not taken", () => {
    const seuils = [{ key: "ip", text: "lots", revision: 9, createdMs: t0 }]
    expect(headlineOf(statusOf(input({ unknownKeys: stray("urls"), thresholds: seuils })))._tag).toBe(
      "ThresholdRefused"
    )
  })
})

describe("headlineOf", () => {
  it("is calm while nothing is open", () => {
    expect(headlineOf(statusOf(input()))).toEqual({ _tag: "Calm", last: null, maintenanceUntilMs: null })
  })

  it("names the most severe incident, of these the one with the most errors, and counts the others", () => {
    const scan = event(9, { id: "scan", kind: "client-errors", severity: "LOW", errors: 9_000 })
    const small = event(10, { id: "small", errors: 40 })
    const great = event(11, { id: "great", errors: 400 })
    const over = [event(1, { id: "over", errors: 5_000 }), closedAt(event(1, { id: "over" }), t0 + 50_000)]
    const worstOf = (...events: ReadonlyArray<IncidentEvent>) => {
      const headline = headlineOf(statusOf(input({ incidents: incidentViewsOf(events) })))
      return headline._tag === "Wrong" ? [headline.worst.id, headline.others, toneOf(headline)] : headline._tag
    }
    expect(worstOf(...over, scan, small, great)).toEqual(["great", 2, "bad"])
    // A scanner is told, and is no outage.
    expect(worstOf(...over, scan)).toEqual(["scan", 0, "warn"])
    expect(worstOf(...over)).toBe("Calm")
  })

  it("says of an incident what its newest event says", () => {
    const incidents = incidentViewsOf([event(1), event(1, { type: "grew", errors: 400 })])
    expect(headlineOf(statusOf(input({ incidents })))).toMatchObject({ worst: { event: { errors: 400 } }, others: 0 })
    const last = incidentViewsOf([event(1), closedAt(event(1), t0 + 60_000)])
    const calm = headlineOf(statusOf(input({ incidents: last })))
    expect(calm).toMatchObject({ _tag: "Calm", last: { closedMs: t0 + 60_000 } })
    expect(plain(wordsOf("en").headline(calm), String, String)).toBe(
      `Nothing is wrong. The last incident: URL /broken, server errors (5xx), until ${t0 + 60_000}.`
    )
  })

  describe("while nothing is learnt", () => {
    const judged = (revision: number) => (some: WindowRecord) => ({
      ...some,
      incidents: { model: { revision, digest: "d" } }
    })
    const at = (some: Partial<StatusInput>, revision = 0) =>
      headlineOf(statusOf(input({ oldestMs: t0, recent: input().recent.map(judged(revision)), ...some })))
    const said = (headline: ReturnType<typeof at>) => plain(wordsOf("en").headline(headline), String, String)

    it("says so, and until when", () => {
      const headline = at({})
      expect(headline).toEqual({ _tag: "Learning", learning: { untilMs: t0 + 3_600_000, isOverdue: false } })
      expect(toneOf(headline)).toBe("unknown")
      expect(said(headline)).toContain(`still being learnt, until about ${t0 + 3_600_000}; until then only strong`)
      expect(said(at({ oldestMs: null }))).toContain("still being learnt, for about an hour;")
    })

    it("says what to run where it should have been learnt long ago", () => {
      expect(said(at({ oldestMs: t0 - 3 * 3_600_000 }))).toContain("run chaussettes thresholds")
    })

    it("names what is wrong all the same, and is over with the first model", () => {
      expect(at({ incidents: incidentViewsOf([event(11)]) })._tag).toBe("Wrong")
      expect(at({}, 1)._tag).toBe("Calm")
      // Records of before there were incidents say nothing of it.
      expect(headlineOf(statusOf(input({ oldestMs: t0 })))._tag).toBe("Calm")
    })
  })

  it("says first that the server or the detector is gone, for then nothing new is known", () => {
    expect(headlineOf(statusOf(input({ unreachable: { sinceMs: t0, why: "x" }, logs: null })))._tag).toBe("Unreachable")
    const gone = input({ lease: { holder: "a", generation: 2, renewedMs: t0 } })
    expect(headlineOf(statusOf(gone))).toEqual({ _tag: "DetectorSilent", sinceMs: t0, lagMessages: 100 })
  })

  it("says that nobody leads as soon as the lead was given up", () => {
    const { detector } = statusOf(input({ lease: { holder: "", generation: 2, renewedMs: t0 + 120_000 } }))
    expect(detector).toMatchObject({ state: "silent", holder: null })
  })

  it("does not say of history what was wrong then", () => {
    const incidents = incidentViewsOf([event(11)])
    const later = t0 + 86_400_000
    const lease = { holder: "a", generation: 2, renewedMs: later }
    const status = statusOf(input({ nowMs: later, lease, incidents, waiting: 0 }))
    expect(headlineOf(status)).toMatchObject({ _tag: "NoLines", sinceMs: t0 + 120_000, last: { isOpen: true } })
  })

  it("says that there is no data before the first window", () => {
    expect(headlineOf(statusOf(input({ recent: [], waiting: 0 })))).toEqual({ _tag: "NoData", detector: true })
    expect(headlineOf(statusOf(input({ recent: [], lease: null })))).toEqual({ _tag: "NoData", detector: false })
  })

  it("says how much is still to be read, and for how long, instead of waiting for lines", () => {
    const later = t0 + 86_400_000
    const behind = {
      nowMs: later,
      lease: { holder: "a", generation: 2, renewedMs: later },
      waiting: 2_594,
      waitedBefore: { atMs: later - 5_000, messages: 2_804 }
    }
    const headline = headlineOf(statusOf(input(behind)))
    expect(headline).toEqual({ _tag: "CatchingUp", messages: 2_594, leftMs: 61_762 })
    expect(toneOf(headline)).toBe("unknown")
    const said = (language: "en" | "fr", h: typeof headline) => {
      const w = wordsOf(language)
      return `${w.headlineWord(h)} – ${plain(w.headline(h), String, String)}`
    }
    expect(said("en", headline)).toBe("Catching up – 2,594 messages are still to be read, which takes about 1 min.")
    expect(said("fr", headline)).toBe("Rattrapage – 2\u202f594 messages restent à lire, soit environ 1\u00a0min.")
    // Before the first window, too; and where they become no fewer, nobody knows how long it takes.
    const growing = statusOf(input({ ...behind, recent: [], waitedBefore: { atMs: later - 5_000, messages: 2_594 } }))
    expect(headlineOf(growing)).toEqual({ _tag: "CatchingUp", messages: 2_594, leftMs: null })
    expect(said("en", headlineOf(growing))).toBe("Catching up – 2,594 messages are still to be read.")
    // A detector that does not run reads nothing.
    expect(headlineOf(statusOf(input({ ...behind, lease: null })))._tag).not.toBe("CatchingUp")
  })
})
