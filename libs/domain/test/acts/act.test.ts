import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { type Act, actId, actLimits, actSchema, actSubject, encodeAct } from "../../src/index.ts"
import { decodeAct } from "../../src/wire/decode.ts"

const ack: Act = {
  schema: actSchema,
  id: "acknowledge.20261128T101500Z.9f3a1c2b",
  type: "acknowledge",
  at: "2026-11-28T10:15:00Z",
  by: "anne",
  incident: "server-errors.url.20261128T100000Z-10s.0011223344556677"
}
const silence: Act = {
  schema: actSchema,
  id: "silence.20261128T101500Z.00000001",
  type: "silence",
  at: "2026-11-28T10:15:00Z",
  by: "anne",
  match: { kind: "client-errors", dimension: "network", key: "203.0.113.0/24" },
  from: "2026-11-28T10:15:00Z",
  until: "2026-11-28T12:15:00Z",
  text: "The scanner of our own security team"
}
const note: Act = { ...ack, type: "note", text: "Mended by deploying 4.2.1" }
const maintenance: Act = {
  schema: actSchema,
  id: "maintenance.20261128T101500Z.00000002",
  type: "maintenance",
  at: "2026-11-28T10:15:00Z",
  by: "anne",
  from: "2026-11-29T02:00:00Z",
  until: "2026-11-29T04:00:00Z"
}
const lift: Act = {
  schema: actSchema,
  id: "lift.20261128T111500Z.00000003",
  type: "lift",
  at: "2026-11-28T11:15:00Z",
  by: "bob",
  lifts: silence.id
}

const why = (act: object): string | undefined => {
  const read = decodeAct(JSON.stringify(act))
  return Result.isFailure(read) ? read.failure.why : undefined
}

describe("an act", () => {
  it.each([ack, silence, note, maintenance, lift])("of the type $type is read as it was written", (act) => {
    expect(decodeAct(encodeAct(act))).toEqual(Result.succeed(act))
  })

  it("is written the same, whatever the order of its fields", () => {
    const turned = Object.fromEntries(Object.entries(silence).reverse()) as unknown as Act
    expect(encodeAct(turned)).toBe(encodeAct(silence))
  })

  it("has a subject and an id that say its type", () => {
    expect(actSubject(silence)).toBe("acts.silence")
    expect(actId("silence", Date.UTC(2026, 10, 28, 10, 15, 0, 7), "00000001")).toBe(silence.id)
  })

  it("of a later version is told from one that is broken", () => {
    const later = decodeAct(JSON.stringify({ ...ack, schema: "chaussettes.act.v2" }))
    expect(Result.isFailure(later) && later.failure.later).toBe(true)
    for (const text of ["", "[]", "null", "{}", '{"schema":7}', JSON.stringify({ ...ack, schema: "other.v2" })]) {
      const read = decodeAct(text)
      expect(Result.isFailure(read) && read.failure.later, text).toBe(false)
    }
  })

  it("may have fields that this version does not know", () => {
    expect(why({ ...ack, urgency: "high" })).toBeUndefined()
  })

  it.each<[string, object]>([
    ["a time that is none", { ...ack, at: "yesterday" }],
    ["an unknown type", { ...ack, type: "delete" }],
    ["no name", { ...ack, by: "" }],
    ["a name of spaces", { ...ack, by: "  " }],
    ["a name that is too long", { ...ack, by: "a".repeat(actLimits.byChars + 1) }],
    ["a name that acts on a terminal", { ...ack, by: "anne\u001b[2J" }],
    ["a name that turns the direction", { ...ack, by: "anne\u202eevil" }],
    ["an id with a space", { ...ack, id: "a b" }],
    ["an id that is too long", { ...ack, id: "a".repeat(actLimits.idChars + 1) }],
    ["no incident", { ...ack, incident: undefined }],
    ["an incident with a line end", { ...ack, incident: "a\nb" }],
    ["an acknowledgement with a silence's end", { ...ack, until: silence.until }],
    ["a text that is too long", { ...ack, text: "a".repeat(actLimits.textChars + 1) }],
    ["a text of two lines", { ...ack, text: "one\ntwo" }],
    ["a note without text", { ...note, text: undefined }],
    ["a lift of nothing", { ...lift, lifts: undefined }],
    ["a silence of everything", { ...silence, match: {} }],
    ["a silence of nothing", { ...silence, match: undefined }],
    ["a silence of two things", { ...silence, incident: ack.incident }],
    ["a silence of an unknown kind", { ...silence, match: { kind: "weather" } }],
    ["a silence of an unknown dimension", { ...silence, match: { dimension: "site" } }],
    ["a silence of a key that is too long", { ...silence, match: { key: `/${"a".repeat(actLimits.keyChars)}` } }],
    ["a silence of a key with a control", { ...silence, match: { key: "/a\u0000" } }],
    ["a silence of no network", { ...silence, match: { key: "203.0.113.0/33" } }],
    ["a silence without an end", { ...silence, until: undefined }],
    ["a silence that ends before it begins", { ...silence, until: silence.from }],
    ["a silence of more than a year", { ...silence, until: "2027-12-01T00:00:00Z" }],
    ["a maintenance in ten years", { ...maintenance, from: "2036-11-29T02:00:00Z", until: "2036-11-29T04:00:00Z" }],
    ["a maintenance of one URL", { ...maintenance, match: { key: "/broken" } }]
  ])("with %s is none", (_, act) => {
    expect(why(act)).toBeTypeOf("string")
  })

  it("says in one line what is wrong with it", () => {
    expect(why({ ...silence, until: "2027-12-01T00:00:00Z" })).toContain("until: at most a year after the beginning")
    expect(why({ ...ack, text: "one\ntwo" })).toContain("text: expected 1 to 1000 plain characters on one line")
  })

  it("fits into a message of ACTS with all fields at their limits", () => {
    const wide = "\u{1f4a5}"
    const most: Act = {
      ...silence,
      id: "a".repeat(actLimits.idChars),
      by: wide.repeat(actLimits.byChars / 2),
      match: { kind: "client-errors", dimension: "url", key: `/${'"'.repeat(actLimits.keyChars - 1)}` },
      text: wide.repeat(actLimits.textChars / 2)
    }
    expect(why(most)).toBeUndefined()
    expect(Buffer.byteLength(encodeAct(most)) * 2).toBeLessThan(actLimits.bytes)
  })
})
