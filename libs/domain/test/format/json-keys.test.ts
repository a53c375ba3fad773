import { describe, expect, it } from "vitest"
import { JsonWalk } from "../../src/format/json-walk.ts"
import { bytesOf, textOf } from "../support/lines.ts"
import { Random } from "../support/random.ts"

/* The keys of an object are expected in the order of the object before. Whatever that was, the values that are found are those of the object itself. */

const wanted = [
  [0, ["ip"]],
  [1, ["req", "url"]],
  [2, ["req", "ip"]],
  [3, ["status"]]
] as const

const walkOf = (walk: JsonWalk, text: string) => {
  const bytes = bytesOf(text)
  const end = walk.walk(bytes, 0, bytes.length)
  if (end < 0) return end
  const { from, to } = walk.slots
  return {
    end,
    escaped: walk.escaped,
    isAmbiguous: walk.isAmbiguous,
    values: wanted.map(([slot]) => (from[slot]! < 0 ? undefined : textOf(bytes.subarray(from[slot], to[slot]))))
  }
}

const keys = ["ip", "i", "ipp", 'ip\\"', "status", "req", "url", "statu\\u0073", "x", "", "ip\\\\"]

const objectOf = (random: Random, depth = 0): string => {
  const pairs = Array.from({ length: random.int(0, 6) }, () => {
    const value =
      depth < 2 && random.int(0, 3) === 0
        ? objectOf(random, depth + 1)
        : random.pick(['"a"', "12", '"a\\"b"', "null", "[]", '["x", "y"]', '"ip":', '""'])
    return `"${random.pick(keys)}":${value}`
  })
  return `{${pairs.join(",")}}`
}

describe("the keys of JSON objects", () => {
  it("are found in any order, whatever the order was before", () => {
    const random = new Random(7)
    const walk = new JsonWalk(wanted)
    for (let n = 0; n < 20_000; n++) {
      const text = objectOf(random)
      expect(walkOf(walk, text), text).toEqual(walkOf(new JsonWalk(wanted), text))
    }
  })

  it("are found behind thousands of keys that never come again", () => {
    const walk = new JsonWalk(wanted)
    for (let n = 0; n < 5000; n++) walkOf(walk, `{"key${n}":1,"ip":"b"}`)
    expect(walkOf(walk, '{"later":1,"ip":"a","req":{"more":2,"url":"/"},"status":404}')).toMatchObject({
      values: ["a", "/", undefined, "404"]
    })
  })
})
