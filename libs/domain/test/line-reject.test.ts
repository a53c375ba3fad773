import { describe, expect, it } from "vitest"
import type { RejectReason } from "../src/index.ts"
import { bytesOf, combined, common } from "./support/lines.ts"
import { scanAt, scanLine, scannerOf } from "./support/scan.ts"

const reasonOf = (line: string): RejectReason | "right" => {
  const scanned = scanLine(line)
  return scanned.ok ? "right" : scanned.reason
}

describe("why a line is rejected", () => {
  it.each<[RejectReason, string, string]>([
    ["empty", "nothing", ""],
    ["empty", "only a carriage return", "\r"],
    ["truncated", "one word", "x"],
    ["truncated", "only spaces", "   "],
    ["truncated", "only the prefix", "192.0.2.7 - - "],
    ["truncated", "random text", "the quick brown fox"],
    ["time", "a bracket and no time", "192.0.2.7 - - [yesterday at about nine o'clock] x"],
    ["prefix", "no user", common().replace("- - [", "- [")],
    ["prefix", "two spaces", common().replace(" - - ", "  - - ")],
    ["prefix", "an empty user behind an ident", common({ ident: "x", user: "" })],
    ["prefix", "an empty ident", common({ ident: "" })],
    ["prefix", "five words of which none is a dash", common({ host: "a", ident: "b", user: "c" })],
    ["prefix", "a list of addresses", common({ client: "10.0.0.1, 10.0.0.2" })],
    ["prefix", "a virtual host and no client", common({ host: "host", client: "" })],
    ["client", "no client", common({ client: "-" })],
    ["client", "a client in brackets", common({ client: "[::1]" })],
    ["client", "two clients", common({ client: "10.0.0.1,10.0.0.2" })],
    ["client", "a client beyond ASCII", common({ client: "h\u00f4te" })],
    ["request", "no quotes round the request", common().replaceAll('"', "'")],
    ["request", "no quotes round the request of a user", common({ user: "frank" }).replaceAll('"', "'")],
    ["request", "a request that never ends", '192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1 200 5'],
    ["request", "no space behind the request", common().replace('" 200', '"200')],
    ["status", "a word for a status", common({ status: "OK?" })],
    ["size", "a word for a size", common({ size: "many" })],
    ["size", "two spaces before the size", common({ size: " 5" })],
    ["size", "something stuck to a quoted field", combined({ rest: ' "a" "b"c' })],
    ["size", "a referer that stands alone", combined({ rest: ' "a" b' })],
    ["truncated", "no referer behind its quote", combined({ rest: ' "' })],
    ["truncated", "no agent", combined({ rest: ' "a"' })],
    ["truncated", "an agent that never ends", combined({ rest: ' "a" "b' })],
    ["truncated", "an escape at the end", combined({ rest: ' "a" "b\\' })],
    ["truncated", "a further field that never ends", combined({ rest: ' "a" "b" "c' })],
    ["control", "a tab between words", common().replace(" - - ", "\t-\t-\t")],
    ["control", "an escape sequence in the agent", combined({ rest: ' "-" "\x1b[2J"' })],
    ["control", "raw TLS in the request", common({ request: "\x16\x03\x01" })],
    ["control", "a byte that is escaped and still stands there", common({ request: "GET /\\\x7f HTTP/1.1" })],
    ["control", "a carriage return inside the line", common({ rest: ' "a\rb" "c"' })],
    ["control", "zeros where the time should be", common({ time: `${"\0".repeat(18)}00${"\0".repeat(6)}` })]
  ])("%s: %s", (reason, _, line) => {
    expect(reasonOf(line)).toBe(reason)
  })

  it("says the same reason whatever stands behind the line", () => {
    const bad = [
      common({ time: "17/Xyz/2015:10:05:03 +0000" }),
      common().slice(0, 54),
      common().slice(0, 40),
      common({ status: "7" }),
      `${common().slice(0, -10)}`,
      "a b c [17/May/2015:10:05:03 +0000",
      "a b c [17/May/2015:10:05:03 +0000]",
      "a b c [17/May/2015:10:05:03 +0000] ",
      'a b c [17/May/2015:10:05:03 +0000] "',
      'a b c [17/May/2015:10:05:03 +0000] ""',
      'a b c [17/May/2015:10:05:03 +0000] "" 2',
      combined({ rest: ' "a"x' }),
      "a - - [\t",
      ...Array.from({ length: combined().length }, (_, n) => combined().slice(0, n)),
      ...Array.from({ length: combined().length }, (_, n) => `${combined().slice(0, n)}\x01${combined().slice(n + 1)}`)
    ]
    for (const line of bad) {
      const alone = scanLine(line)
      for (const behind of ["\n", "\r\n", `\n${combined()}\n`, `\r\n${combined()}`, "\n\0\0\0", "\n\n\n\n\n"]) {
        const bytes = bytesOf(line + behind)
        expect(scanAt(scannerOf(), bytes, 0, bytes.length), JSON.stringify(line + behind)).toEqual(alone)
      }
    }
  })

  it("lets no control byte through, wherever it stands", () => {
    for (const line of [common(), combined({ host: "vhost", user: "a b", rest: ' "r" "a" "x" y' })]) {
      for (let at = 0; at <= line.length; at++) {
        for (let c = 0; c < 32; c++) {
          if (c === 10 || (c === 13 && at >= line.length - 1)) continue
          const byte = String.fromCharCode(c)
          expect(reasonOf(line.slice(0, at) + byte + line.slice(at)), `${c} inserted at ${at}`).not.toBe("right")
          expect(reasonOf(line.slice(0, at) + byte + line.slice(at + 1)), `${c} at ${at}`).not.toBe("right")
        }
        expect(reasonOf(`${line.slice(0, at)}\x7f${line.slice(at)}`), `127 at ${at}`).not.toBe("right")
      }
    }
  })

  it("lets bytes beyond ASCII through where text stands, and only there", () => {
    const placed = (parts: Parameters<typeof combined>[0]) => reasonOf(combined(parts))
    for (let c = 128; c < 256; c++) {
      const byte = String.fromCharCode(c)
      expect(placed({ user: byte, request: `GET /${byte} HTTP/1.1`, rest: ` "${byte}" "${byte}" ${byte}` })).toBe(
        "right"
      )
      for (const parts of [
        { client: `a${byte}` },
        { time: `17/May/2015:10:05:0${byte} +0000` },
        { status: `20${byte}` }
      ]) {
        expect(placed(parts)).not.toBe("right")
      }
    }
  })
})

describe("a line that is cut off", () => {
  const whole = combined()
  const size = "1234"

  it("is rejected at every byte but where what is left is itself a right line", () => {
    const right: Array<string> = []
    for (let n = 0; n < whole.length; n++) {
      const scanned = scanLine(whole.slice(0, n))
      if (scanned.ok) right.push(whole.slice(0, n))
    }
    // A Common line is right as soon as its size has begun: where it was cut cannot be seen. Behind it there may be a space.
    const upToSize = common({ size: "" })
    expect(right).toEqual([
      ...Array.from(size, (_, i) => upToSize + size.slice(0, i + 1)), //
      `${upToSize}${size} `
    ])
    for (const line of right) {
      const size = Number(line.slice(upToSize.length))
      expect(scanLine(line)).toEqual({ ...scanLine(whole), size })
    }
  })

  it("is right once the agent's quote is closed, however much of the further fields is there", () => {
    const longer = `${whole} 0.001 "x"`
    for (let n = whole.length; n <= longer.length; n++) {
      // not inside a quoted field
      expect(scanLine(longer.slice(0, n)).ok, longer.slice(0, n)).toBe(!/ "x?$/.test(longer.slice(0, n)))
    }
  })

  it("is said to be cut, not to have a wrong time or status", () => {
    for (let n = 1; n < whole.length; n++) {
      const reason = reasonOf(whole.slice(0, n))
      if (reason !== "right") expect(["truncated", "request"], whole.slice(0, n)).toContain(reason)
    }
  })
})
