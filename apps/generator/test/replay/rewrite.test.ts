import { LineScanner } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { keyFromText, pseudonymizer } from "../../src/pseudonymize.ts"
import { firstTimeMs, greatestTimeMs, pseudonymizeClients, shiftTimes } from "../../src/replay/rewrite.ts"
import { trafficBytes } from "../traffic/helpers.ts"

const name = pseudonymizer(keyFromText("a key that is long enough")!)
const bytes = (text: string) => Buffer.from(text)
const text = (some: Uint8Array) => Buffer.from(some).toString()
const pseudonym = (client: string) => text(name(bytes(client)))

const line = (client: string, time: string) => `${client} - - [${time}] "GET / HTTP/1.1" 200 1`

describe("shiftTimes", () => {
  it("rewrites the times of lines in their own zones, and nothing else", () => {
    const before = [
      line("10.0.0.1", "28/Feb/2026:23:59:59 +0000"),
      "not a line [28/Feb/2026:23:59:59 +0000]",
      line("10.0.0.2", "01/Mar/2026:05:29:59 +0530"),
      `${line("10.0.0.3", "28/Feb/2026:19:29:59 -0430")} "-" "[28/Feb/2026:23:59:59 +0000]"`
    ]
    assert.deepStrictEqual(text(shiftTimes(1000)(bytes(before.join("\n")))).split("\n"), [
      line("10.0.0.1", "01/Mar/2026:00:00:00 +0000"),
      before[1],
      line("10.0.0.2", "01/Mar/2026:05:30:00 +0530"),
      `${line("10.0.0.3", "28/Feb/2026:19:30:00 -0430")} "-" "[28/Feb/2026:23:59:59 +0000]"`
    ])
  })

  it("leaves the bytes it was given alone and is undone by the shift back", () => {
    const lines = trafficBytes({ malformed: 0.1, late: 0.1, zoneMinutes: 330 }, 1_000)
    const copy = Buffer.from(lines)
    const there = shiftTimes(123_456_000)(lines)
    assert.isTrue(lines.equals(copy))
    assert.isFalse(lines.equals(there))
    assert.isTrue(lines.equals(shiftTimes(-123_456_000)(there)))
  })
})

describe("pseudonymizeClients", () => {
  it("replaces the client of each line, behind a virtual host, too, and keeps the rest and the line ends", () => {
    const time = "28/Feb/2026:23:59:59 +0000"
    const before = `${line("10.0.0.1", time)}\r\nwww.example.org ${line("10.0.0.2", time)}\n\n${line("10.0.0.1", time)}`
    const after = text(pseudonymizeClients(name)(bytes(before)))
    const one = line(pseudonym("10.0.0.1"), time)
    assert.strictEqual(after, `${one}\r\nwww.example.org ${line(pseudonym("10.0.0.2"), time)}\n\n${one}`)
  })

  it("keeps a shipper's JSON whole, with no address in it", () => {
    const time = "28/Feb/2026:23:59:59 +0000"
    const said = (client: string) => `${line(client, time)} "-" "\u00e9 \\"q\\""`
    const rows = [
      JSON.stringify([
        1772323199.123456,
        { log: `${said("10.0.0.1")}\n`, host: "web 10.0.0.1", time: "2026-02-28T23:59:59Z" }
      ]),
      `{"date":1772323199.000000001, "message" : ${JSON.stringify(said("2001:DB8::1"))}, "peer": "[::ffff:10.0.0.1]:443"}`
    ]
    const after = text(pseudonymizeClients(name)(bytes(rows.join("\n")))).split("\n")
    assert.deepStrictEqual(JSON.parse(after[0]!), [
      1772323199.123456,
      { log: `${said(pseudonym("10.0.0.1"))}\n`, host: `web ${pseudonym("10.0.0.1")}`, time: "2026-02-28T23:59:59Z" }
    ])
    assert.include(after[1]!, '{"date":1772323199.000000001, "message" : "')
    assert.strictEqual(JSON.parse(after[1]!).message, said(pseudonym("2001:db8::1")))
    for (const address of ["10.0.0.1", "2001:DB8::1"]) assert.notInclude(after.join(), address)
  })

  it("lets no address through in lines that do not parse", () => {
    const odd = [
      "10.0.0.1",
      "10.0.0.1 - - [28/Feb",
      'www.example.org 10.0.0.1 - - [99/Feb/2026:00:00:00 +0000] "GET /',
      "nonsense from 2001:db8::1 and ::ffff:10.0.0.1 here",
      "\x16\x03\x0110.0.0.1 x"
    ]
    const after = text(pseudonymizeClients(name)(bytes(odd.join("\n"))))
    assert.strictEqual(after.split("\n").length, odd.length)
    for (const address of ["10.0.0.1", "2001:db8::1"]) assert.notInclude(after, address)
  })

  it("keeps what the scanner makes of each line", () => {
    const lines = trafficBytes({ malformed: 0.2 }, 2_000)
    const codes = (some: Uint8Array) => {
      const scanner = new LineScanner("path", 16_384, 1)
      const found: Array<number> = []
      for (let start = 0; start < some.length; start = scanner.next) {
        found.push(scanner.scan(some, start, some.length) === 0 ? scanner.status : -1)
      }
      return found
    }
    assert.deepStrictEqual(codes(pseudonymizeClients(name)(lines)), codes(lines))
  })
})

describe("firstTimeMs and greatestTimeMs", () => {
  it("pass over lines without a time", () => {
    const lines = bytes(
      [
        "x",
        line("a.b", "28/Feb/2026:00:00:02 +0000"),
        line("a.b", "28/Feb/2026:00:00:03 +0000"),
        line("a.b", "28/Feb/2026:00:00:01 +0000"),
        "y"
      ].join("\n")
    )
    assert.strictEqual(firstTimeMs(lines), Date.UTC(2026, 1, 28, 0, 0, 2))
    assert.strictEqual(greatestTimeMs(lines), Date.UTC(2026, 1, 28, 0, 0, 3))
    assert.isUndefined(firstTimeMs(bytes("x\ny")))
    assert.isUndefined(greatestTimeMs(bytes("")))
  })
})
