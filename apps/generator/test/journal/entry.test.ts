import { assert, describe, it } from "@effect/vitest"
import { HeldLines } from "../../src/journal/batch.ts"
import { entryOf, journalHeaders, journalPlaceIn } from "../../src/journal/entry.ts"
import { Rows } from "../../src/journal/journalctl.ts"

const entry = (row: object) => {
  const read = entryOf(Buffer.from(JSON.stringify(row)))
  return read && { ...read, lines: read.lines.map((line) => Buffer.from(line).toString("latin1")) }
}

describe("an entry of the journal", () => {
  it("holds the line that its program wrote, or several, or bytes that are no UTF-8", () => {
    assert.deepStrictEqual(entry({ __CURSOR: "s=1;i=2", MESSAGE: "a" }), { cursor: "s=1;i=2", lines: ["a"] })
    assert.deepStrictEqual(entry({ __CURSOR: "c", MESSAGE: "a\nb\n" })?.lines, ["a", "b"])
    assert.deepStrictEqual(entry({ __CURSOR: "c", MESSAGE: [97, 228, 10, 98] })?.lines, ["a\u00e4", "b"])
  })

  it("without a message holds none", () => {
    assert.deepStrictEqual(entry({ __CURSOR: "c" })?.lines, [])
    assert.deepStrictEqual(entry({ __CURSOR: "c", MESSAGE: null })?.lines, [])
  })

  it("is not taken from what is none", () => {
    assert.isUndefined(entry({ MESSAGE: "a" }))
    assert.isUndefined(entry({ __CURSOR: "a b", MESSAGE: "a" }))
    assert.isUndefined(entryOf(Buffer.from("-- No entries --")))
    assert.isUndefined(entryOf(Buffer.from("7")))
  })
})

describe("a place in the journal", () => {
  it("is read as it was written, and not from what another program or version wrote", () => {
    const place = { cursor: "s=3e;i=1f;b=9c;m=5;t=6;x=7", lines: 2 }
    const headers = journalHeaders(place)
    assert.deepStrictEqual(journalPlaceIn(headers), place)
    assert.isUndefined(journalPlaceIn({}))
    const [name, text] = Object.entries(headers)[0]!
    assert.isUndefined(journalPlaceIn({ [name]: text.replace(/^1/, "2") }))
    assert.isUndefined(journalPlaceIn({ [name]: `${text} more` }))
  })
})

describe("rows", () => {
  const rowsOf = (most: number, ...chunks: ReadonlyArray<string>) => {
    const rows = new Rows(most)
    return chunks.flatMap((chunk) =>
      [...rows.push(Buffer.from(chunk))].map((row) => row && Buffer.from(row).toString())
    )
  }

  it("are the same however their bytes arrive", () => {
    assert.deepStrictEqual(rowsOf(9, "ab\ncd\n\ne"), ["ab", "cd", ""])
    assert.deepStrictEqual(rowsOf(9, "a", "b\nc", "d", "\n", "\ne"), ["ab", "cd", ""])
  })

  it("that are too long are left out, and the next one is whole", () => {
    assert.deepStrictEqual(rowsOf(3, "abc\nabcd\ne\n"), ["abc", undefined, "e"])
    assert.deepStrictEqual(rowsOf(3, "ab", "cd", "ef\ng", "\n"), [undefined, "g"])
  })
})

describe("lines for a message", () => {
  const bytes = (...lines: ReadonlyArray<string>) => lines.map((line) => Buffer.from(line))
  const peeked = (held: HeldLines) => {
    const batch = held.peek()
    return batch && { ...batch, payload: Buffer.from(batch.payload).toString() }
  }

  it("are those of whole entries or of a part of one, and say how far that is", () => {
    const held = new HeldLines()
    held.add({ cursor: "a", lines: bytes("1", "2", "3") }, 1, 5)
    held.add({ cursor: "b", lines: bytes("4") }, 0, 6)
    assert.deepStrictEqual(peeked(held), { payload: "2\n3\n4", lines: 3, place: { cursor: "b", lines: 1 } })
    held.drop(1, 7)
    assert.deepStrictEqual(peeked(held)?.payload, "3\n4")
    held.drop(2, 8)
    assert.isUndefined(held.peek())
    assert.isUndefined(held.sinceMs)
  })

  it("are either JSON or not, since a message's first byte says which", () => {
    const held = new HeldLines()
    held.add({ cursor: "a", lines: bytes("1", '{"status":200}', '{"status":404}', "2") }, 0, 0)
    assert.deepStrictEqual(peeked(held), { payload: "1", lines: 1, place: { cursor: "a", lines: 1 } })
    held.drop(1, 0)
    assert.deepStrictEqual(peeked(held)?.lines, 2)
    assert.deepStrictEqual(peeked(held)?.place, { cursor: "a", lines: 3 })
  })

  it("are no more than a message takes, and too many keep the journal waiting", () => {
    const held = new HeldLines()
    const long = "x".repeat(200 * 1024)
    held.add({ cursor: "a", lines: bytes(long, long, long, long) }, 0, 0)
    assert.deepStrictEqual(peeked(held)?.lines, 2)
    assert.isTrue(held.hasMessage)
    assert.isFalse(held.isFull)
    held.add({ cursor: "b", lines: Array.from({ length: 5_000 }, () => Buffer.from(long.slice(0, 300))) }, 0, 0)
    assert.isTrue(held.isFull)
    held.drop(4, 0)
    assert.strictEqual(peeked(held)?.lines, Math.floor((512 * 1024) / 301))
  })
})
