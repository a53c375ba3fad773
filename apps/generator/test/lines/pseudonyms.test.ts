import { LineScanner } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { keyFromText, pseudonymizer } from "../../src/lines/pseudonyms.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (some: Uint8Array) => new TextDecoder().decode(some)
const name = pseudonymizer(keyFromText("a key that is long enough")!)

describe("pseudonymizer", () => {
  it("names a client by the HMAC-SHA-256 of its address, as an address of fd00::/8", () => {
    // printf 192.168.1.5 | openssl dgst -sha256 -hmac 'a key that is long enough'
    assert.strictEqual(text(name(bytes("192.168.1.5"))), "fdec:7865:e8ef:15eb:1f6a:fcf9:1ab6:2e1a")
    assert.match(text(name(bytes("www.example.org"))), /^fd[0-9a-f]{2}(:[0-9a-f]{4}){7}$/)
  })

  it("gives the same client the same name, also where it is spelled another way, and no other", () => {
    assert.strictEqual(text(name(bytes("::FFFF:192.168.1.5"))), text(name(bytes("192.168.1.5"))))
    for (const same of [
      "2001:DB8::1",
      "2001:db8:0:0:0:0:0:1",
      "2001:0db8::0001",
      "2001:db8::0.0.0.1",
      "2001:db8::1%eth0"
    ]) {
      assert.strictEqual(text(name(bytes(same))), text(name(bytes("2001:db8::1"))), same)
    }
    assert.strictEqual(text(name(bytes("::ffff:c0a8:105"))), text(name(bytes("192.168.1.5"))))
    const names = new Set(Array.from({ length: 1000 }, (_, i) => text(name(bytes(`10.0.${i >> 8}.${i & 255}`)))))
    assert.strictEqual(names.size, 1000)
  })

  it("gives other names with another key", () => {
    const other = pseudonymizer(keyFromText("another key, as long as it")!)
    assert.notStrictEqual(text(other(bytes("192.168.1.5"))), text(name(bytes("192.168.1.5"))))
  })

  it("gives what the strict scanner takes for a client", () => {
    const line = bytes(`${text(name(bytes("10.0.0.1")))} - - [05/Jan/2026:03:00:00 +0000] "GET / HTTP/1.1" 200 1`)
    assert.strictEqual(new LineScanner("path", 16_384, 1).scan(line, 0, line.length), 0)
  })

  it("refuses a key that could be guessed", () => {
    for (const weak of ["  short  \n", "0".repeat(64), "passwordpassword"]) assert.isUndefined(keyFromText(weak), weak)
  })
})
