import { type Act, Acts, actSchema, type IncidentEvent, rfc3339 } from "@chaussettes/domain"
import { plain, wordsOf } from "@chaussettes/presentation"
import { describe, expect, it } from "vitest"
import {
  byHurt,
  headlineOf,
  incidentViewOf,
  incidentViewsOf,
  markedView,
  type StatusInput,
  statusOf,
  toneOf
} from "../src/index.ts"
import { closedAt, eventAt } from "./incident-events.ts"
import { recordOf } from "./records.ts"

const t0 = Date.UTC(2026, 10, 28, 10)
const minuteMs = 60_000
const nowMs = t0 + 10 * minuteMs

let made = 0
const act = (said: Partial<Act> & Pick<Act, "type">): Act => ({
  schema: actSchema,
  id: `${said.type}.${++made}`,
  at: rfc3339(nowMs - minuteMs),
  by: "anne",
  ...said
})
const during = (fromMinute: number, untilMinute: number) => ({
  from: rfc3339(t0 + fromMinute * minuteMs),
  until: rfc3339(t0 + untilMinute * minuteMs)
})

const broken = eventAt(t0, { id: "broken" })
const slow = eventAt(t0 + minuteMs, { id: "slow", errors: 12 })
const scan = eventAt(t0, { id: "scan", kind: "client-errors", severity: "LOW" })

const marked = (event: IncidentEvent, ...acts: ReadonlyArray<Act>) =>
  markedView(incidentViewOf(event), new Acts(acts), nowMs, "named").marks

describe("marks", () => {
  it("are none where nobody said anything", () => {
    expect(marked(broken, act({ type: "acknowledge", incident: "another" }))).toBeUndefined()
  })

  it("say who acknowledged, and who silenced until when; to strangers without the names", () => {
    const acts = [
      act({ type: "acknowledge", incident: "broken" }),
      act({ type: "silence", incident: "broken", ...during(8, 30) })
    ]
    expect(marked(broken, ...acts)).toEqual({
      acknowledged: { atMs: nowMs - minuteMs, by: "anne" },
      quiet: { type: "silence", untilMs: t0 + 30 * minuteMs, by: "anne" }
    })
    const unnamed = markedView(incidentViewOf(broken), new Acts(acts), nowMs, "unnamed")
    expect(JSON.stringify(unnamed.marks)).not.toContain("anne")
    expect(unnamed.marks?.quiet?.untilMs).toBe(t0 + 30 * minuteMs)
  })

  it("show a silence from when it is declared and for as long as it lasts, though nothing new was told of the incident", () => {
    const quietWhile = (...[from, until]: readonly [number, number]) =>
      marked(broken, act({ type: "silence", incident: "broken", ...during(from, until) }))?.quiet?.untilMs
    expect(quietWhile(9, 30)).toBe(t0 + 30 * minuteMs)
    // It held when the incident was told, and is over.
    expect(quietWhile(-5, 8)).toBeUndefined()
    const silence = act({ type: "silence", incident: "broken", ...during(9, 30) })
    expect(marked(broken, silence, act({ type: "lift", lifts: silence.id }))).toBeUndefined()
  })

  it("leave what is over as it was when it ended", () => {
    const over = closedAt(broken, t0 + 5 * minuteMs)
    const maintenance = (from: number, until: number) =>
      marked(over, act({ type: "maintenance", ...during(from, until) }))?.quiet?.type
    expect(maintenance(4, 6)).toBe("maintenance")
    expect(maintenance(8, 30)).toBeUndefined()
  })
})

describe("the headline, where people said something", () => {
  const input = (events: ReadonlyArray<IncidentEvent>, acts: Acts): StatusInput => ({
    nowMs,
    logs: { firstSeq: 1, lastSeq: 1, bytes: 1 },
    unreachable: null,
    checkpoint: null,
    waiting: 0,
    waitedBefore: null,
    oldestMs: null,
    maintenanceUntilMs: acts.maintenanceUntil(nowMs) ?? null,
    tally: null,
    lease: { holder: "a", generation: 2, renewedMs: nowMs },
    answers: [],
    thresholds: [{ key: "global", text: "0.1", revision: 4, createdMs: t0 }],
    rules: [],
    unknownKeys: [],
    recent: [recordOf(nowMs - 20_000)],
    incidents: incidentViewsOf(events).map((view) => markedView(view, acts, nowMs, "named"))
  })
  const of = (events: ReadonlyArray<IncidentEvent>, ...acts: ReadonlyArray<Act>) => {
    const headline = headlineOf(statusOf(input(events, new Acts(acts))))
    const said = (language: "en" | "fr") =>
      plain(
        wordsOf(language).headline(headline),
        (ms) => rfc3339(ms).slice(11, 16),
        (key) => key
      )
    return { state: headline._tag, tone: toneOf(headline), en: said("en"), fr: said("fr") }
  }
  const silence = (incident: string, until = 60) => act({ type: "silence", incident, ...during(0, until) })

  it("is not red for what is silenced, and says until when", () => {
    const { state, tone, en, fr } = of([broken], silence("broken"))
    expect([state, tone]).toEqual(["Quiet", "unknown"])
    expect(en).toBe("1 open incident is silenced until 11:00: URL /broken, server errors (5xx).")
    expect(fr).toMatch(/^1 incident ouvert est en sourdine jusqu’à 11:00\u00a0: URL \/broken/)
    expect(of([broken, slow], silence("broken"), silence("slow", 30)).en).toBe(
      "2 open incidents are silenced, the first of them until 10:30."
    )
  })

  it("is about what nobody silenced, however small, and counts the silenced beside it", () => {
    const { state, tone, en } = of([broken, scan], silence("broken"))
    expect([state, tone]).toEqual(["Wrong", "warn"])
    expect(en).toMatch(/^URL \/broken: .*client errors.* 1 is silenced until 11:00\.$/)
    expect(en).not.toContain("other incident")
  })

  it("says who takes care of what is wrong, and puts first what nobody does of the same severity", () => {
    const { tone, en, fr } = of([broken], act({ type: "acknowledge", incident: "broken" }))
    expect(tone).toBe("bad")
    expect(en).toContain(" Acknowledged by anne.")
    expect(fr).toContain(" Pris en charge par anne.")
    const acts = new Acts([act({ type: "acknowledge", incident: "broken" })])
    const views = incidentViewsOf([scan, broken, slow]).map((view) => markedView(view, acts, nowMs, "named"))
    expect(views.sort(byHurt).map(({ id }) => id)).toEqual(["slow", "broken", "scan"])
  })

  it("says of a maintenance that nobody is told, whether something is open or not", () => {
    const maintenance = act({ type: "maintenance", ...during(0, 60) })
    expect(of([], maintenance)).toMatchObject({
      state: "Calm",
      en: "Nothing is wrong. There has been no incident. Maintenance until 11:00: nobody is told of incidents."
    })
    expect(of([broken], maintenance)).toMatchObject({
      state: "Quiet",
      en: "Maintenance until 11:00; 1 incident is open: URL /broken, server errors (5xx)."
    })
    expect(of([], act({ type: "maintenance", ...during(20, 60) })).en).not.toContain("Maintenance")
  })
})
