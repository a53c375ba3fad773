import { describe, expect, it } from "vitest"
import { ipv4ClientEnd } from "../src/line/ipv4.ts"
import { bytesOf } from "./support/lines.ts"
import { Random } from "./support/random.ts"

const part = "(?:0|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5])"
const address = new RegExp(`^${part}\\.${part}\\.${part}\\.${part}$`)

const endOf = (text: string): number =>
  ipv4ClientEnd({ seed: 7, clientStart: 0, clientEnd: 0, clientHash: 0 }, bytesOf(text), 0, text.length)

describe("an IPv4 client", () => {
  it("has four numbers of which each is any up to 255", () => {
    for (let n = 0; n < 1000; n++) {
      for (const text of [`${n}.1.2.3`, `1.${n}.2.3`, `1.2.3.${n}`])
        expect(endOf(text), text).toBe(n < 256 ? text.length : -1)
    }
  })

  it("is what a regular expression says it is", () => {
    const random = new Random(7)
    for (let n = 0; n < 200_000; n++) {
      const text = Array.from({ length: random.int(1, 5) }, () =>
        random.pick(["0", "1", "25", "255", "256", "99", "01", "", "9", "."])
      ).join(random.pick([".", ".", ".", ""]))
      expect(endOf(text), text).toBe(address.test(text) ? text.length : -1)
    }
  })

  it("ends before the first byte that is neither a digit nor a dot", () => {
    expect(endOf("203.0.113.7 -")).toBe(11)
    expect(endOf("203.0.113.7:80")).toBe(11)
    expect(endOf("203.0.113 7")).toBe(-1)
  })
})
