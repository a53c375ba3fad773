import { describe, expect, it } from "vitest"
import { hashStep, LineScanner, limits } from "../src/index.ts"
import { splitLines } from "./oracle/parse-line.ts"
import { bytesOf, combined, common, realLog, textOf } from "./support/lines.ts"
import { Random } from "./support/random.ts"
import { scanAt, scanLine, scannerOf } from "./support/scan.ts"

/** The lines of a buffer and what was said of each. */
const linesOf = (text: string) => {
  const bytes = bytesOf(text)
  const scanner = scannerOf()
  const found: Array<{ readonly line: string; readonly ok: boolean }> = []
  for (let at = 0; at < bytes.length; at = scanner.next) {
    const { ok } = scanAt(scanner, bytes, at, bytes.length)
    found.push({ line: textOf(bytes.subarray(at, scanner.lineEnd)), ok })
  }
  return found
}

describe("lines of a buffer", () => {
  const a = combined({ client: "10.0.0.1" })
  const b = common({ client: "10.0.0.2" })
  const both = [
    { line: a, ok: true },
    { line: b, ok: true }
  ]
  const blank = { line: "", ok: false }

  it.each([
    ["line feeds", `${a}\n${b}\n`, both],
    ["no last line feed", `${a}\n${b}`, both],
    ["carriage returns before them", `${a}\r\n${b}\r\n`, both],
    ["a carriage return and no last line feed", `${a}\r\n${b}\r`, both],
    ["one line", a, both.slice(0, 1)],
    ["blank lines between", `${a}\n\n${b}\n`, [both[0], blank, both[1]]],
    ["blank lines before and behind", `\n${a}\r\n${b}\n\r\n`, [blank, ...both, blank]],
    ["only carriage returns: one line, a wrong one", `${a}\r${b}\r`, [{ line: `${a}\r${b}`, ok: false }]],
    ["two carriage returns at the end: one is too many", `${a}\r\r\n${b}`, [{ line: `${a}\r`, ok: false }, both[1]]],
    ["a bad line between", `${a}\nwrong\n${b}`, [both[0], { line: "wrong", ok: false }, both[1]]],
    ["a cut line between", `${a}\n${a.slice(0, 60)}\n${b}`, [both[0], { line: a.slice(0, 60), ok: false }, both[1]]],
    ["only line feeds", "\n\n", [blank, blank]]
  ])("%s", (_, text, expected) => {
    expect(linesOf(text)).toEqual(expected)
  })

  it("goes on at the byte behind each line feed, for any bytes", () => {
    const random = new Random(7)
    for (let round = 0; round < 3000; round++) {
      const some = ["\n", "\r", '"', "\\", "[", "]", " ", "-", a, a.slice(0, random.int(0, a.length)), "\xff", "\0"]
      const text = Array.from({ length: random.int(1, 12) }, () => random.pick(some)).join("")
      expect(
        linesOf(text).map((f) => f.line),
        JSON.stringify(text)
      ).toEqual(splitLines(text))
    }
  })

  it("never reads past its end: what is behind changes nothing", () => {
    const random = new Random(11)
    const lines = [
      a,
      b,
      common({ host: "v" }),
      combined({ user: "x [y" }),
      common({ request: "GET /\\" }),
      "",
      "x",
      "\r"
    ]
    for (const line of lines) {
      for (let cut = 0; cut <= line.length; cut++) {
        const text = line.slice(0, cut)
        if (text === "") continue
        const alone = scanLine(text)
        const garbage = Array.from({ length: 80 }, () => String.fromCharCode(random.int(0, 255))).join("")
        for (const behind of [line.slice(cut) + line, `\n${a}\n`, '"'.repeat(80), "5".repeat(80), garbage]) {
          const scanner = scannerOf()
          const bytes = bytesOf(text + behind)
          expect(scanAt(scanner, bytes, 0, text.length), JSON.stringify([text, behind])).toEqual(alone)
          expect(scanner.next).toBe(text.length)
        }
      }
    }
  })

  it("does not carry anything over from one line to the next", () => {
    const random = new Random(3)
    const lines = splitLines(textOf(realLog())).slice(0, 2000)
    const scanner = scannerOf()
    for (const line of random.shuffled([...lines, ...lines.map((l) => l.slice(0, random.int(0, l.length)))])) {
      const bytes = bytesOf(line)
      if (bytes.length > 0) expect(scanAt(scanner, bytes, 0, bytes.length)).toEqual(scanLine(line))
    }
  })
})

describe("a long line", () => {
  const padded = (length: number, parts: Parameters<typeof common>[0] = {}) => {
    const line = combined({ ...parts, rest: ' "-" ""' })
    return `${line.slice(0, -1)}${"x".repeat(length - line.length)}"`
  }

  it("is taken whatever headers it holds: nobody makes his own line be rejected", () => {
    expect(limits.lineBytes).toBe(16 * 1024)
    expect(scanLine(padded(limits.lineBytes + 1)).ok).toBe(true)
    expect(scanLine(padded(20 * limits.lineBytes)).ok).toBe(true)
    expect(scanLine(`${padded(20 * limits.lineBytes)}\r\n`).ok).toBe(true)
  })

  const asked = (length: number) => common({ request: `GET /${"u".repeat(length - 1)} HTTP/1.1` })

  it("is too long where its URL is longer than the limit, or where it cannot be read", () => {
    expect(scanLine(asked(limits.lineBytes)).ok).toBe(true)
    expect(scanLine(asked(limits.lineBytes + 1))).toEqual({ ok: false, reason: "too_long" })
    expect(scanLine("x".repeat(limits.lineBytes + 1))).toEqual({ ok: false, reason: "too_long" })
  })

  it("has a URL as long as the line allows", () => {
    const url = `/${"u".repeat(limits.lineBytes - common({ request: "GET / HTTP/1.1" }).length)}`
    expect(scanLine(common({ request: `GET ${url} HTTP/1.1` }))).toMatchObject({ ok: true, url })
  })

  it("does not hide the line behind it", () => {
    expect(linesOf(`${padded(100_000)}\n${common()}\n`).map((f) => f.ok)).toEqual([true, true])
    expect(linesOf(`${asked(100_000)}\n${common()}\n`).map((f) => f.ok)).toEqual([false, true])
  })
})

describe("the scanner's hashes", () => {
  const hashOf = (text: string) => bytesOf(text).reduce(hashStep, 42)

  it("are those of the bytes of client and URL, whatever the form in which they stand", () => {
    const scanner = (urlKey: "path" | "target") => new LineScanner(urlKey, limits.lineBytes, 42)
    for (const host of [undefined, "vhost"]) {
      for (const request of [
        "GET /a/b?c=d HTTP/1.1",
        "GET /a/b?c=d",
        "GET http://example.com/a/b?c=d HTTP/1.1",
        "GET http://example.com HTTP/1.1",
        "OPTIONS * HTTP/2",
        "GET /a\\\\b\\?c?d?e HTTP/1.1"
      ]) {
        for (const urlKey of ["path", "target"] as const) {
          const s = scanner(urlKey)
          const bytes = bytesOf(common({ client: "2001:db8::1", request, ...(host === undefined ? {} : { host }) }))
          expect(s.scan(bytes, 0, bytes.length)).toBe(0)
          expect(s.clientHash).toBe(hashOf("2001:db8::1"))
          expect(s.urlHash, request).toBe(hashOf(textOf(bytes.subarray(s.urlStart, s.urlEnd))))
        }
      }
    }
  })
})

describe("a buffer of bad lines", () => {
  it("takes a time that grows with its length, not with the square of it", () => {
    // A million lines without what is looked for in each: with a search beyond the line this takes many minutes.
    const bytes = bytesOf("x\n".repeat(1_000_000))
    const scanner = scannerOf()
    let lines = 0
    for (let at = 0; at < bytes.length; at = scanner.next) {
      if (scanner.scan(bytes, at, bytes.length) !== 0) lines++
    }
    expect(lines).toBe(1_000_000)
    // the same without line feeds, as messages of one line each are packed
    const packed = bytesOf("x".repeat(1_000_000))
    for (let at = 0; at < packed.length; at++) scanner.scan(packed, at, at + 1)
  }, 60_000)
})
