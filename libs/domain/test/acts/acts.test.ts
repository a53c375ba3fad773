import { describe, expect, it } from "vitest"
import { type Act, Acts, actLimits, actSchema } from "../../src/index.ts"
import { eventOf } from "./event.ts"

let made = 0
const act = (said: Partial<Act> & Pick<Act, "type">): Act => ({
  schema: actSchema,
  id: `${said.type}.${++made}`,
  at: "2026-11-28T10:05:00Z",
  by: "anne",
  ...said
})
const silence = (said: Partial<Act> = {}): Act =>
  act({ type: "silence", from: "2026-11-28T10:00:00Z", until: "2026-11-28T11:00:00Z", ...said })
const at = (time: string) => eventOf({ timestamp: `2026-11-28T${time}Z` })

const silences = (match: Act["match"], of: Parameters<typeof eventOf>[0]): boolean =>
  new Acts([silence({ match: match! })]).ofIncident(eventOf(of)).silenced !== undefined

describe("acts", () => {
  it("say nothing of an incident that nobody spoke of", () => {
    expect(new Acts([act({ type: "acknowledge", incident: "another" })]).ofIncident(eventOf())).toEqual({ notes: [] })
  })

  it("acknowledge an incident until that is lifted", () => {
    const first = act({ type: "acknowledge", incident: eventOf().id })
    const second = act({ type: "acknowledge", incident: eventOf().id, by: "bob" })
    const acts = new Acts([first, second])
    expect(acts.ofIncident(eventOf()).acknowledged).toEqual(second)
    acts.add(act({ type: "lift", lifts: second.id }))
    expect(acts.ofIncident(eventOf()).acknowledged).toEqual(first)
    acts.add(act({ type: "lift", lifts: first.id }))
    expect(acts.ofIncident(eventOf()).acknowledged).toBeUndefined()
  })

  it("keep notes in their order, each once, without those that were lifted", () => {
    const notes = ["one", "two", "three"].map((text) => act({ type: "note", incident: eventOf().id, text }))
    const acts = new Acts([...notes, ...notes, act({ type: "lift", lifts: notes[1]!.id })])
    expect(acts.ofIncident(eventOf()).notes.map(({ text }) => text)).toEqual(["one", "three"])
  })

  it("silence by the event's own time, from the first moment to the one before the last", () => {
    const acts = new Acts([silence({ match: { key: "/broken" } })])
    expect(acts.ofIncident(at("09:59:59")).silenced).toBeUndefined()
    expect(acts.ofIncident(at("10:00:00")).silenced).toBeDefined()
    expect(acts.ofIncident(at("10:59:59")).silenced).toBeDefined()
    expect(acts.ofIncident(at("11:00:00")).silenced).toBeUndefined()
  })

  it("silence until they are lifted, and what was silenced before stays so", () => {
    const said = silence({ match: { key: "/broken" } })
    const lift = act({ type: "lift", at: "2026-11-28T10:30:00Z", lifts: said.id })
    for (const acts of [new Acts([said, lift]), new Acts([lift, said])]) {
      expect(acts.ofIncident(at("10:29:59")).silenced).toBeDefined()
      expect(acts.ofIncident(at("10:30:00")).silenced).toBeUndefined()
    }
  })

  it("name the silence that ends last", () => {
    const long = silence({ match: { key: "/broken" }, until: "2026-11-28T12:00:00Z" })
    const acts = new Acts([silence({ match: { key: "/broken" } }), long, silence({ match: { kind: "server-errors" } })])
    expect(acts.ofIncident(eventOf()).silenced).toEqual(long)
  })

  it("silence one incident by its id", () => {
    const acts = new Acts([silence({ incident: eventOf().id })])
    expect(acts.ofIncident(eventOf()).silenced).toBeDefined()
    expect(acts.ofIncident(eventOf({ id: "another" })).silenced).toBeUndefined()
  })

  it("silence everything in a maintenance", () => {
    const acts = new Acts([silence({ type: "maintenance" })])
    for (const of of [{}, { dimension: "global", keys: [] }, { kind: "silence" }] as const)
      expect(acts.ofIncident(eventOf(of)).silenced).toBeDefined()
  })

  it("silence what all of a match fits", () => {
    expect(silences({ kind: "server-errors" }, {})).toBe(true)
    expect(silences({ kind: "client-errors" }, {})).toBe(false)
    expect(silences({ dimension: "url" }, {})).toBe(true)
    expect(silences({ dimension: "ip" }, {})).toBe(false)
    expect(silences({ kind: "server-errors", key: "/other" }, {})).toBe(false)
    expect(silences({ key: "/broken" }, {})).toBe(true)
    expect(silences({ key: "/broke" }, {})).toBe(false)
    expect(silences({ key: "/broken" }, { dimension: "global", keys: [] })).toBe(false)
  })

  it("silence several keys only where each of them is named", () => {
    expect(silences({ key: "/broken" }, { keys: ["/broken", "/other"] })).toBe(false)
    expect(silences({ key: "/broken" }, { keys: ["/broken"], keyCount: 12 })).toBe(false)
    expect(silences({ key: "203.0.113.0/24" }, { dimension: "ip", keys: ["203.0.113.7", "203.0.113.8"] })).toBe(true)
    expect(silences({ key: "203.0.113.0/24" }, { dimension: "ip", keys: ["203.0.113.7", "203.0.114.8"] })).toBe(false)
  })

  it.each([
    ["203.0.113.7", "ip", "203.0.113.7", true],
    ["203.0.113.0/24", "ip", "203.0.113.255", true],
    ["203.0.113.0/24", "ip", "203.0.114.0", false],
    ["203.0.113.9/24", "network", "203.0.113.0/24", true],
    ["203.0.0.0/16", "network", "203.0.113.0/24", true],
    ["203.0.113.0/24", "network", "203.0.0.0/16", false],
    ["203.0.113.0/25", "ip", "203.0.113.128", false],
    ["203.0.113.7", "network", "203.0.113.0/24", false],
    ["0.0.0.0/0", "ip", "8.8.8.8", true],
    ["0.0.0.0/0", "ip", "2001:db8::1", false],
    ["2001:db8::/32", "ip", "2001:db8:1::1", true],
    ["2001:db8:0:1::/64", "network", "2001:db8:0:1::/64", true],
    ["2001:DB8::1", "ip", "2001:db8:0:0:0:0:0:1", true],
    ["2001:db8::/32", "ip", "2001:db9::1", false],
    ["crawler.example", "ip", "crawler.example", true],
    ["203.0.113.0/24", "url", "203.0.113.7", false]
  ] as const)("by %s of an incident of %s %s: %s", (key, dimension, of, isSilenced) => {
    expect(silences({ key }, { dimension, keys: [of] })).toBe(isSilenced)
  })

  it("list what holds or will", () => {
    const [past, now, later] = ["10:30", "11:00", "12:00"].map((time) =>
      silence({ type: "maintenance", until: `2026-11-28T${time}:00Z` })
    )
    const acts = new Acts([past!, later!, now!])
    expect(acts.quietFrom(Date.UTC(2026, 10, 28, 10, 30))).toEqual([later, now])
    acts.add(act({ type: "lift", at: "2026-11-28T10:20:00Z", lifts: later!.id }))
    expect(acts.quietFrom(Date.UTC(2026, 10, 28, 10, 30))).toEqual([now])
  })

  it("forget the oldest at their limits", () => {
    const acts = new Acts()
    const of = eventOf()
    for (let i = 0; i <= actLimits.notesAnIncident; i++)
      acts.add(act({ type: "note", incident: of.id, text: `note ${i}` }))
    expect(acts.ofIncident(of).notes).toHaveLength(actLimits.notesAnIncident)
    expect(acts.ofIncident(of).notes[0]!.text).toBe("note 1")
    for (let i = 0; i < actLimits.incidentsKept; i++) acts.add(act({ type: "acknowledge", incident: `incident-${i}` }))
    expect(acts.ofIncident(of).notes).toEqual([])
    expect([...acts.incidents]).toHaveLength(actLimits.incidentsKept)
    for (let i = 0; i <= actLimits.quietKept; i++) acts.add(silence({ type: "maintenance" }))
    expect(acts.quietFrom(0)).toHaveLength(actLimits.quietKept)
  })
})
