import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { LinePacker, linesOf, type PackedLines, type PackerLimits, packerLimits } from "../../src/lines/packer.ts"

const small: PackerLimits = { linesAMessage: 4, bytesAMessage: 20, mostBytesALine: 30 }

const pack = (chunks: ReadonlyArray<Uint8Array>, limits = small, place = { offset: 0, line: 0 }) => {
  const packed: Array<PackedLines> = []
  const packer = new LinePacker(limits, place, (message) => packed.push(message))
  for (const chunk of chunks) packer.push(Uint8Array.from(chunk))
  packer.end()
  return packed
}

const bytes = (text: string) => Buffer.from(text)
const texts = (packed: ReadonlyArray<PackedLines>) => packed.map((p) => Buffer.from(p.payload).toString())
const plain = (packed: ReadonlyArray<PackedLines>) =>
  packed.map((p) => ({ ...p, payload: Buffer.from(p.payload).toString() }))

const inChunks = (text: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.subarray(i * size, (i + 1) * size))

describe("LinePacker", () => {
  it("puts whole lines into a message, up to the limit of lines, with LF between them", () => {
    assert.deepStrictEqual(texts(pack([bytes("a\nb\nc\nd\ne\nf\n")])), ["a\nb\nc\nd", "e\nf"])
  })

  it("closes a message before it grows beyond its bytes, and gives a longer line one of its own", () => {
    assert.deepStrictEqual(texts(pack([bytes("0123456789\n0123456789\nx\n0123456789012345678901234\ny\n")])), [
      "0123456789",
      "0123456789\nx",
      "0123456789012345678901234",
      "y"
    ])
  })

  it("says where each message ends, in bytes and lines of the input", () => {
    const packed = pack([bytes("a\nb\nc\nd\ne\nf")], small, { offset: 100, line: 10 })
    assert.deepStrictEqual(plain(packed), [
      { payload: "a\nb\nc\nd", lines: 4, startOffset: 100, endOffset: 108, endLine: 14, cutBytes: 0 },
      { payload: "e", lines: 1, startOffset: 108, endOffset: 110, endLine: 15, cutBytes: 0 },
      { payload: "f", lines: 1, startOffset: 110, endOffset: 111, endLine: 16, cutBytes: 0 }
    ])
  })

  it("keeps empty lines, also where one is all that a message holds: an empty payload would be punctuation", () => {
    const packed = pack([bytes("\n")])
    assert.deepStrictEqual(texts(packed), ["\n"])
    assert.deepStrictEqual(texts(pack([bytes("\n\n\n\n\na\n\n")])), ["\n\n\n\n", "\na\n\n"])
  })

  it("keeps CR as it stands", () => {
    assert.deepStrictEqual(texts(pack([bytes("a\r\n\r\nb\r\n")])), ["a\r\n\r\nb\r"])
  })

  it("cuts a line that is longer than a message may be, counts what it left out, and goes on behind it", () => {
    const long = "x".repeat(100)
    for (const size of [1, 7, 1000]) {
      const packed = pack(inChunks(bytes(`a\n${long}\nb\n`), size))
      assert.deepStrictEqual(plain(packed), [
        { payload: "a", lines: 1, startOffset: 0, endOffset: 2, endLine: 1, cutBytes: 0 },
        { payload: "x".repeat(30), lines: 1, startOffset: 2, endOffset: 103, endLine: 2, cutBytes: 70 },
        { payload: "b", lines: 1, startOffset: 103, endOffset: 105, endLine: 3, cutBytes: 0 }
      ])
      const last = pack(inChunks(bytes(`a\n${long}`), size)).at(-1)!
      assert.deepStrictEqual([last.endOffset, last.cutBytes, last.payload.length], [102, 70, 30])
    }
  })

  it("uses the room before a piece where what is left fits there, and makes the same messages", () => {
    const input = bytes("a\nbb\nccc\ndddd\n".repeat(50))
    for (const [size, room] of [
      [5, 3],
      [7, 100],
      [40, 12]
    ] as const) {
      const packed: Array<PackedLines> = []
      const packer = new LinePacker(small, { offset: 0, line: 0 }, (message) => packed.push(message))
      for (const chunk of inChunks(input, size)) {
        const buffer = Buffer.alloc(room + chunk.length)
        buffer.set(chunk, room)
        packer.push(buffer.subarray(room), room)
      }
      packer.end()
      assert.deepStrictEqual(plain(packed), plain(pack([input])))
    }
  })

  it("hands on whole lines when it is flushed, and keeps the beginning of the next one", () => {
    const packed: Array<PackedLines> = []
    const packer = new LinePacker(small, { offset: 0, line: 0 }, (message) => packed.push(message))
    packer.push(bytes("a\nb\nc"))
    assert.isTrue(packer.isWaiting)
    packer.flush()
    assert.isFalse(packer.isWaiting)
    packer.push(bytes("c\nd"))
    packer.flush()
    packer.end()
    assert.deepStrictEqual(texts(packed), ["a\nb", "cc", "d"])
  })

  const piece = Schema.Literals(["a", "bb", "\n", "\r\n", "x".repeat(13), "y".repeat(40)])
  const text = Arbitrary.array(Arbitrary.schema(piece), { maxLength: 60 })
  const size = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 50 }))

  it.prop(
    "cuts by the bytes alone, whatever chunks they come in, and loses none; from any message's end it cuts the same again",
    { text, size },
    ({ text, size }) => {
      const input = bytes(text.join(""))
      const limits = { ...small, mostBytesALine: 1000 }
      const whole = pack([input], limits)
      assert.deepStrictEqual(plain(pack(inChunks(input, size), limits)), plain(whole))
      const back = Buffer.concat(whole.map((p) => linesOf(p.payload)))
      assert.strictEqual(back.toString(), `${input}${input.length > 0 && !input.toString().endsWith("\n") ? "\n" : ""}`)
      for (const [i, message] of whole.entries()) {
        const place = { offset: message.endOffset, line: message.endLine }
        const again = pack([input.subarray(message.endOffset)], limits, place)
        assert.deepStrictEqual(plain(again), plain(whole.slice(i + 1)))
      }
    },
    { arbitrary: { runs: 300 } }
  )

  it("finds the lines of a big input about as fast as they can be found", () => {
    const line = `${"x".repeat(199)}\n`
    const input = Buffer.from(line.repeat(50_000))
    const startMs = performance.now()
    const packed = pack(inChunks(input, 1024 * 1024), packerLimits)
    assert.strictEqual(
      packed.reduce((n, p) => n + p.lines, 0),
      50_000
    )
    // 5 M lines a second are a quarter of what a quiet machine does
    assert.isBelow(performance.now() - startMs, 1_000)
  })
})
