import { LineScanner } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { type Read, readText } from "../../../../libs/domain/test/format/read.ts"
import { pseudonymizeClients } from "../../src/lines/pseudonymize.ts"
import { keyFromText, pseudonymizer } from "../../src/lines/pseudonyms.ts"
import { corpus } from "../replay/corpus.ts"
import { trafficBytes } from "../traffic/helpers.ts"

const name = pseudonymizer(keyFromText("a key that is long enough")!)
const bytes = (text: string) => Buffer.from(text)
const text = (some: Uint8Array) => Buffer.from(some).toString()
const pseudonym = (client: string) => text(name(bytes(client)))

const line = (client: string, time: string) => `${client} - - [${time}] "GET / HTTP/1.1" 200 1`

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

describe("pseudonymizeClients, for lines of any format", () => {
  const { formats, requests } = corpus

  it.each(formats.map((format) => [format.name, format] as const))(
    "%s: no address goes out, and all else is read as before",
    (_, format) => {
      const before = `${format.head ?? ""}${requests.map(format.line).join("\n")}\n`
      const after = text(pseudonymizeClients(name)(bytes(before)))
      for (const { client } of requests) assert.notInclude(after, client)
      const named = (read: Read | string) =>
        typeof read === "string" || read.client === "" ? read : { ...read, client: pseudonym(read.client) }
      assert.deepStrictEqual(readText(after).lines, readText(before).lines.map(named), after)
    }
  )

  it("behind a proxy that is trusted, its lines have the pseudonym of the client that it speaks for; nobody chooses another by a header", () => {
    const proxied = (forwarded: string) => `${line("10.0.0.9", "28/Feb/2026:23:59:59 +0000")} "-" "x" "${forwarded}"`
    const before = ["203.0.113.7", "192.0.2.1, 203.0.113.7", "10.1.1.1, 203.0.113.7"].map(proxied).join("\n")
    const after = text(pseudonymizeClients(name, ["10.0.0.0/8"])(bytes(before)))
    for (const address of ["10.0.0.9", "10.1.1.1", "203.0.113.7", "192.0.2.1"]) assert.notInclude(after, address)
    const clients = readText(after).lines.map((read) => (read as Read).client)
    assert.deepStrictEqual(
      clients,
      Array.from({ length: 3 }, () => pseudonym("203.0.113.7"))
    )
  })

  it("every address is replaced, wherever in a line it stands, in any spelling; what only looks like one stays", () => {
    const at = (text: string) => `${line("10.0.0.1", "28/Feb/2026:23:59:59 +0000")} "-" "${text}"`
    for (const address of [
      "192.0.2.7",
      "2001:db8::7",
      "::ffff:192.0.2.7",
      "2001:db8:0:0:0:0:0:7",
      "::1",
      "2001:DB8::A"
    ]) {
      for (const said of [
        address,
        `x${address.includes(":") ? " " : ""}${address}`,
        `a=${address};`,
        `(${address})`,
        `1.2 ${address}, y`,
        `[${address}]:80`
      ]) {
        const after = text(pseudonymizeClients(name)(bytes(at(said))))
        assert.strictEqual(
          after,
          at(said.replace(address, pseudonym(address))).replace("10.0.0.1", pseudonym("10.0.0.1"))
        )
      }
    }
    for (const other of ["Chrome/91.0.4472.124", "1.2.3", "256.1.1.1", "1.2.3.4.5", "12:13:14", "10:05:03.123"]) {
      assert.include(text(pseudonymizeClients(name)(bytes(at(other)))), `"${other}"`)
    }
  })

  it("a line whose client cannot be found in it is not sent", () => {
    const before = JSON.stringify({
      time: "2026-02-28T23:59:59Z",
      remote_addr: "203.0.113.7",
      request: "GET / HTTP/1.1",
      status: 200
    })
    const odd = before.replace("203", "\\u003203")
    for (const said of [before, odd, `<190>May 17 10:05:03 web1 nginx: ${odd}`]) {
      assert.notMatch(text(pseudonymizeClients(name)(bytes(`${said}\n${said}`))), /03\.0\.113\.7/)
    }
  })

  describe("no name of a user goes out", () => {
    const rewritten = (before: string, format = "") => text(pseudonymizeClients(name)(bytes(before), format))
    const common = (user: string) =>
      `203.0.113.7 - ${user} [28/Feb/2026:23:59:59 +0000] "GET /a HTTP/1.1" 200 12 "-" "x"`
    const object = { remote_ip: "203.0.113.7", ts: "2026-02-28T23:59:59Z", method: "GET", uri: "/a", status: 200 }
    const w3c = (user: string) =>
      `#Fields: date time cs-username c-ip cs-method cs-uri-stem sc-status\n2026-02-28 23:59:59 ${user} 203.0.113.7 GET /a 200`
    const declared = '$remote_user $remote_addr $server_addr [$time_local] "$request" $status'

    const lines: ReadonlyArray<readonly [string, (user: string) => string, string?]> = [
      ["Common", common],
      ["Common behind a virtual host", (user) => `www.example.org ${common(user)}`],
      ["Common in syslog", (user) => `<190>May 17 10:05:03 web1 nginx: ${common(user)}`],
      ["Common in Docker's JSON", (user) => JSON.stringify({ log: `${common(user)}\n`, stream: "stdout" })],
      ["Common of a host name", (user) => common(user).replace("203.0.113.7", "host.example.org")],
      ["a line of Common that is cut", (user) => common(user).slice(0, 40 + user.length)],
      ["JSON", (user) => JSON.stringify({ ...object, user_id: user })],
      ["JSON in syslog", (user) => `<190>May 17 10:05:03 web1 app: ${JSON.stringify({ ...object, username: user })}`],
      ["JSON in JSON", (user) => JSON.stringify({ log: JSON.stringify({ ...object, user: { name: user } }) })],
      ["JSON that is no line of a log", (user) => JSON.stringify({ RemoteUser: user, n: 1 })],
      ["W3C", w3c],
      [
        "Squid",
        (user) =>
          `1286536309.450    180 203.0.113.7 TCP_MISS/200 411 GET http://example.com/a ${user} DIRECT/192.0.2.9 text/html`
      ],
      [
        "logfmt",
        (user) => `time=2026-02-28T23:59:59Z remote_addr=203.0.113.7 user="${user}" method=GET path=/a status=200`
      ],
      ["LTSV", (user) => `time:2026-02-28T23:59:59Z\thost:203.0.113.7\tuser:${user}\treq:GET /a HTTP/1.1\tstatus:200`],
      [
        "a declared log_format",
        (user) => `${user} 203.0.113.7 10.0.0.9 [28/Feb/2026:23:59:59 +0000] "GET /a HTTP/1.1" 200`,
        declared
      ]
    ]
    it.each(lines.map(([format, lineOf, declares = ""]) => [format, lineOf, declares] as const))(
      "%s",
      (_, lineOf, format) => {
        const after = rewritten(lineOf("Frank"), format)
        assert.include(after, pseudonym("frank"))
        assert.notInclude(after, "Frank")
        assert.notInclude(after, "203.0.113.7")
        // All else is what it is for a line without a user.
        assert.strictEqual(after.replace(pseudonym("frank"), "-"), rewritten(lineOf("-"), format))
      }
    )

    it("nor one with spaces, nor one that is a number", () => {
      assert.notInclude(rewritten(common("John Doe")), "Doe")
      assert.notInclude(rewritten(JSON.stringify({ ...object, user_id: 4711 })), "4711")
      assert.deepStrictEqual(JSON.parse(rewritten(JSON.stringify({ ...object, user: null, bytes: 12 }))), {
        ...object,
        remote_ip: pseudonym("203.0.113.7"),
        user: null,
        bytes: 12
      })
    })

    it("what only stands where another format has a user stays", () => {
      const before = `203.0.113.7 10.0.0.9 - 0.001 [28/Feb/2026:23:59:59 +0000] "GET /a HTTP/1.1" 200`
      const after = rewritten(before, '$remote_addr $server_addr $pipe $request_time [$time_local] "$request" $status')
      assert.include(after, " - 0.001 [")
    })
  })
})
