import { assert, describe, it } from "@effect/vitest"
import { type Candidate, headersOf, headHash, type Place, placeOf, resumeFrom } from "../../src/replay/resume.ts"

const place = (some: Partial<Place> = {}): Place => ({
  replay: "5eed",
  fileName: "access.log",
  head: { hash: headHash(Buffer.from("content")), bytes: 7 },
  offset: 7,
  line: 1,
  shiftMs: 0,
  asGiven: false,
  ...some
})

const file = (path: string, content: string): Candidate => ({
  fileName: path.split("/").at(-1)!,
  path,
  bytes: content.length,
  hashOfFirst: (bytes) => (content.length < bytes ? undefined : headHash(Buffer.from(content.slice(0, bytes))))
})

const last = (some: Partial<Place> = {}, isEnd = false) => ({ place: place(some), isEnd })

describe("headers of a place", () => {
  it("are read back as they were written", () => {
    for (const p of [place(), place({ fileName: "a b/ü\n.log", shiftMs: -86_400_000, offset: 2 ** 45 })]) {
      assert.deepStrictEqual(placeOf(headersOf(p, 0)), p)
      assert.deepStrictEqual(placeOf(headersOf(p, "end")), p)
    }
  })

  it("hold nothing that could break a header", () => {
    for (const value of Object.values(headersOf(place({ fileName: "a\r\nb: c\u00fc" }), 0)))
      assert.match(value, /^[\x21-\x7e]+$/)
  })

  it("give one identity to the same lines of a replay, and another to any others", () => {
    const id = (p: Place, from: number | "end") => headersOf(p, from)["Nats-Msg-Id"]
    assert.strictEqual(id(place(), 0), id(place(), 0))
    const all = [
      id(place(), 0),
      id(place(), 3),
      id(place({ offset: 9 }), 0),
      id(place({ replay: "beef" }), 0),
      id(place(), "end"),
      id(place({ head: { hash: "other", bytes: 7 } }), 0)
    ]
    assert.strictEqual(new Set(all).size, all.length)
  })

  it("are none where another program wrote the message", () => {
    assert.isUndefined(placeOf({}))
    const { "Chaussettes-Offset": _, ...rest } = headersOf(place(), 0)
    assert.isUndefined(placeOf(rest))
    assert.isUndefined(placeOf({ ...rest, "Chaussettes-Offset": "12x" }))
  })
})

describe("resumeFrom", () => {
  const files = [file("/old/access.log.1", "before"), file("/new/access.log", "content and more"), file("b.log", "b")]

  it("starts at the beginning where LOGS has nothing of the source", () => {
    assert.deepStrictEqual(resumeFrom(undefined, files), { _tag: "FromStart" })
  })

  it("goes on behind the last message in the file that it is from, though the file has grown and moved", () => {
    assert.deepStrictEqual(resumeFrom(last(), files), { _tag: "From", file: 1, place: place(), isEnd: false })
  })

  it("tells a file that has changed since, or has become shorter", () => {
    const changed = [file("access.log", "another one")]
    assert.deepStrictEqual(resumeFrom(last(), changed), { _tag: "FileChanged", path: "access.log", place: place() })
    const shrunk = [file("access.log", "content")]
    const further = place({ offset: 70 })
    assert.deepStrictEqual(resumeFrom(last({ offset: 70 }), shrunk), {
      _tag: "FileShrank",
      path: "access.log",
      place: further
    })
    assert.strictEqual(resumeFrom(last(), [file("access.log", "con")])._tag, "FileChanged")
  })

  it("tells that the file is not among those that were named", () => {
    assert.deepStrictEqual(resumeFrom(last(), [files[0]!]), { _tag: "FileMissing", place: place() })
  })

  it("tells that the source was written by something else", () => {
    assert.deepStrictEqual(resumeFrom({ place: undefined, isEnd: false }, files), { _tag: "NotReplayed" })
  })

  it("knows a file by its beginning though it was renamed, and packed, since", () => {
    const log = "x".repeat(300)
    const long = { head: { hash: headHash(Buffer.from(log)), bytes: 300 }, offset: 300 }
    const rotated = [file("access.log.1", log), file("access.log", "the new one")]
    assert.deepStrictEqual(resumeFrom(last(long), rotated), { _tag: "From", file: 0, place: place(long), isEnd: false })
  })

  it("does not know a renamed file by a beginning of a few bytes", () => {
    assert.strictEqual(resumeFrom(last(), [file("other.log", "content and more")])._tag, "FileMissing")
  })

  it("does not choose between two files of the same name and beginning", () => {
    assert.strictEqual(resumeFrom(last(), [...files, file("/copy/access.log", "content")])._tag, "Ambiguous")
  })

  it("tells two files of the same name apart by their beginnings", () => {
    const two = [file("/a/access.log", "another"), file("/b/access.log", "content")]
    assert.deepStrictEqual(resumeFrom(last(), two), { _tag: "From", file: 1, place: place(), isEnd: false })
  })
})
