import { assert, describe, it } from "@effect/vitest"
import { FrameSplitter, FrameTooLong, frameLine } from "../../src/receive/frames.ts"
import { receiveLimits } from "../../src/receive/limits.ts"

const text = (lines: ReadonlyArray<Uint8Array>) => lines.map((line) => Buffer.from(line).toString("latin1"))
const counted = (frame: string) => `${Buffer.byteLength(frame)} ${frame}`

/** What a connection's lines are, however its bytes are cut: whole, and byte by byte. */
const cutEachWay = (sent: string): ReadonlyArray<string> => {
  const whole = new FrameSplitter()
  const expected = [...text(whole.push(Buffer.from(sent, "latin1"))), ...text(whole.end())]
  const slow = new FrameSplitter()
  const bytewise = [...Buffer.from(sent, "latin1")].flatMap((byte) => text(slow.push(Uint8Array.of(byte))))
  assert.deepEqual([...bytewise, ...text(slow.end())], expected)
  return expected
}

describe("frames of syslog over TCP", () => {
  const frame = '<190>Jan  5 10:00:00 web-1 nginx: 10.0.0.1 - - [05/Jan/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1'

  it("are told apart one by one, counted or ended by a line feed", () => {
    assert.deepEqual(cutEachWay(`${counted(frame)}${frame}a\n${counted(`${frame}b`)}${frame}c`), [
      frame,
      `${frame}a`,
      `${frame}b`,
      `${frame}c`
    ])
  })

  it("may be lines without a header, which begin with an address", () => {
    assert.deepEqual(cutEachWay("10.0.0.1 - - [x]\r\n203 b\n0 <c\n\n2001:db8::1 - -"), [
      "10.0.0.1 - - [x]",
      "203 b",
      "0 <c",
      "2001:db8::1 - -"
    ])
  })

  it("keep what they count: line ends within become blanks, and those behind are no line", () => {
    assert.deepEqual(cutEachWay(`${counted("<14>a\nb\n")}\n${counted("<14>c")}\n`), ["<14>a b", "<14>c"])
  })

  it("that are cut by the connection's end are dropped where they were counted", () => {
    assert.deepEqual(cutEachWay(`${counted("<14>a")}9 <14>b`), ["<14>a"])
  })

  it("are cut where they are longer than a line may be, and the next one is whole again", () => {
    const long = "x".repeat(receiveLimits.mostBytesALine + 10)
    const splitter = new FrameSplitter()
    const [first, ...others] = splitter.push(Buffer.from(`${long}\nnext\n`))
    assert.strictEqual(first!.length, receiveLimits.mostBytesALine)
    assert.deepEqual(text(others), ["next"])
    const pieces = new FrameSplitter()
    const got = [long.slice(0, 70_000), long.slice(70_000), "more", "\nnext\n"].flatMap((piece) => [
      ...pieces.push(Buffer.from(piece))
    ])
    assert.deepEqual(
      got.map(({ length }) => length),
      [receiveLimits.mostBytesALine, 4]
    )
  })

  it("that announce more than a line may hold end the connection", () => {
    assert.throws(() => new FrameSplitter().push(Buffer.from("9999999 <14>a")), FrameTooLong)
  })

  it("as a datagram are one line", () => {
    assert.deepEqual(text([frameLine(Buffer.from("<14>a\nb\n\0"))]), ["<14>a b"])
  })
})
