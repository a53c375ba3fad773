import { assert, describe, it } from "@effect/vitest"
import { BadBody, linesOfBody } from "../../src/receive/body.ts"

const lines = (body: string) => linesOfBody(Buffer.from(body)).map((line) => Buffer.from(line).toString())

describe("a body of POST /", () => {
  it("is lines, whatever ends them, without the empty ones", () => {
    assert.deepEqual(lines("a\r\nb\n\nc"), ["a", "b", "c"])
  })

  it("is JSON lines, of which the line inside is taken, or the object where it carries none", () => {
    assert.deepEqual(lines('{"message":"a","host":"w"}\n{"log":"b\\n"}\n{"status":200}\n{"MESSAGE":[99,228]}\nd'), [
      "a",
      "b",
      '{"status":200}',
      Buffer.from([99, 228]).toString(),
      "d"
    ])
  })

  it("is an array, as Vector sends it", () => {
    assert.deepEqual(lines('[{"message":"a"},"b",{"status":200}]'), ["a", "b", '{"status":200}'])
  })

  it("is refused where an element is no line, by its number", () => {
    assert.throws(
      () => lines('[{"message":"a"},7]'),
      BadBody,
      "element 2 of the array is neither an object nor a string"
    )
  })

  it("that only begins like JSON is lines", () => {
    assert.deepEqual(lines("[error] a\n{b"), ["[error] a", "{b"])
  })
})
