import { spelledAddress } from "@chaussettes/service"
import { assert, describe, it } from "@effect/vitest"
import { linesOf, namesAddress } from "../src/erase/names.ts"

describe("spelledAddress", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::FFFF:CB00:7107", "203.0.113.7"],
    ["0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"]
  ])("%s is %s", (text, spelled) => assert.strictEqual(spelledAddress(text), spelled))

  it.each(["", "example.org", "203.0.113", "203.0.113.256", "203.0.113.7; rm", ":::"])("%s is none", (text) => {
    assert.isUndefined(spelledAddress(text))
  })
})

describe("namesAddress", () => {
  const rest = ' - - [05/Jan/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 7'

  it.each([
    ["as it is", "203.0.113.7"],
    ["mapped into IPv6", "::ffff:203.0.113.7"],
    ["mapped, in hexadecimal and capitals", "::FFFF:CB00:7107"],
    ["mapped, written out", "0000:0000:0000:0000:0000:ffff:203.0.113.7"],
    ["with a port", "203.0.113.7:51234"],
    ["in brackets with a port", "[::ffff:203.0.113.7]:443"],
    ["with a trailing dot", "203.0.113.7."],
    ["with leading zeros", "203.000.113.007"],
    ["behind a null byte", "\u0000203.0.113.7"],
    ["in JSON", '{"log":"203.0.113.7 - -"}'],
    ["in JSON with escapes", String.raw`{"log":"\u0032\u00303.0.113.7 - -"}`],
    ["as nginx escapes it", String.raw`\x32\x303.0.113.7`],
    ["behind an escaped null byte", String.raw`{"log":"\u0000203.0.113.7 - -"}`],
    ["behind an escaped line end", String.raw`{"log":"x\n203.0.113.7 - -"}`],
    ["in JSON within JSON", String.raw`{"message":"{\"log\":\"\\u0032\\u00303.0.113.7\"}"}`],
    ["in UTF-16", [..."203.0.113.7"].join("\0")],
    ["as a proxy forwards it", `10.0.0.1 - - "x" "for=203.0.113.7;proto=https, 192.0.2.1"`]
  ])("finds an address of IPv4 %s", (_, client) => assert.isTrue(namesAddress(client + rest, "203.0.113.7")))

  it.each([
    ["as it is", "2001:db8::1"],
    ["in capitals", "2001:DB8::1"],
    ["written out", "2001:0db8:0000:0000:0000:0000:0000:0001"],
    ["in brackets with a port", "[2001:db8::1]:443"],
    ["with a zone", "2001:db8::1%eth0"],
    ["with a trailing dot", "2001:db8::1."]
  ])("finds an address of IPv6 %s", (_, client) => assert.isTrue(namesAddress(client + rest, "2001:db8::1")))

  it.each(["203.0.113.70", "1203.0.113.7", "203.0.113.7.8", "2001:db8::7", "::ffff:203.0.113.8"])(
    "does not take %s for 203.0.113.7",
    (client) => {
      assert.isFalse(namesAddress(client + rest, "203.0.113.7"))
    }
  )

  it("does not take one address of a network for another", () => {
    assert.isFalse(namesAddress(`2001:db8::12${rest}`, "2001:db8::1"))
    assert.isFalse(namesAddress(`2001:db8::1:2${rest}`, "2001:db8::1"))
  })

  it("is done in a moment with a line that is made to be slow", () => {
    const begun = performance.now()
    for (const piece of [":", "1:", "1.", "::1", "ffff:", "\\u0031", "1.1.1.1."]) {
      namesAddress(piece.repeat(100_000), "203.0.113.7")
    }
    assert.isBelow(performance.now() - begun, 5_000)
  })
})

describe("the lines of a message, which go together", () => {
  it.each([
    ["one below the other", "a\nb\n", 2],
    ["records of an array, as Fluent Bit sends them", '[[1.5,{"log":"a"}],[2,{"log":"b"}]]', 2],
    ["objects, one below the other", '{"log":"a"}\n{"log":"b"}', 2],
    ["a line that begins like an array", "[2001:db8::1]:443 - - [", 1]
  ])("%s", (_, text, lines) => {
    assert.strictEqual(linesOf(Buffer.from(text)).length, lines)
  })
})
