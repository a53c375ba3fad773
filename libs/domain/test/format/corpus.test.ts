import { describe, expect, it } from "vitest"
import { knownFormats } from "../../src/index.ts"
import { Random } from "../support/random.ts"
import {
  combinedFormats,
  type Format,
  iso,
  jsonFormats,
  otherFormats,
  type Request,
  raw,
  wrappedFormats
} from "./corpus.ts"
import { furtherFormats } from "./corpus-further.ts"
import { serverFormats } from "./corpus-servers.ts"
import { type Read, readText } from "./read.ts"

const formats = [
  ...combinedFormats,
  ...jsonFormats,
  ...otherFormats,
  ...furtherFormats,
  ...serverFormats,
  ...wrappedFormats
]

const clients = ["203.0.113.7", "198.51.100.23", "192.0.2.99", "203.0.113.200"]
const paths = ["/", "/a", "/a/b.html", "/images/x.png", "/api/v1/users/42", "/caf%C3%A9"]
const agents = ["Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/115.0", "curl/8.0", "-", "kube-probe/1.29"]

const requestOf = (random: Random, agent: string): Request => ({
  ms: Date.UTC(2026, 9, 10, 13, 55, 36) + random.int(0, 100_000),
  client: random.pick(clients),
  method: random.pick(["GET", "GET", "POST", "HEAD"]),
  path: random.pick(paths),
  query: random.chance(0.3) ? "x=1&y=2" : "",
  status: random.pick([200, 200, 304, 404, 500, 503]),
  size: random.pick([0, 12, 1234, 200, 404]),
  agent,
  referer: random.pick(["-", "https://example.com/start"]),
  durationMs: random.int(0, 900)
})

const expected = (format: Format, r: Request): Read => ({
  client: r.client,
  time: iso(r.ms),
  status: r.status,
  url: r.path,
  ...format.read?.(r)
})

/** Bytes that mean something somewhere. */
const telling = [
  ..."\"\\ '[]{}|,;:=-+%\t$",
  "200",
  "404 12",
  '" 200 5 "',
  "GET / HTTP/1.1",
  "[10/Oct/2026:13:55:36 +0000]"
]

/** An agent as a client may send it: a header has no control characters but a tab, and neither begins nor ends with a space. */
const hostile = (random: Random): string =>
  Array.from({ length: random.int(0, 8) }, () => random.pick(telling))
    .join("")
    .trim()

/** Each of them takes a fifth of a second on a machine that has nothing else to do. */
const rounds = 10_000

describe("the corpus", () => {
  it("holds at least 150 formats and wrappers", () => {
    expect(new Set(formats.map(({ name }) => name)).size).toBe(formats.length)
    expect(formats.length).toBeGreaterThanOrEqual(150)
  })

  it.each(formats.map((format) => [format.name, format] as const))(
    "%s is recognised from 20 lines, with each field right",
    (_, format) => {
      const random = new Random(1)
      const requests = Array.from({ length: 20 }, () => {
        const r = requestOf(random, random.pick(agents))
        return { ...r, agent: format.escapes(r.agent) }
      })
      const text = `${format.head ?? ""}${requests.map(format.line).join("\n")}\n`
      const { lines } = readText(text)
      expect(lines, text).toEqual(requests.map((r) => expected(format, r)))
    }
  )

  it.each(formats.map((format) => [format.name, format] as const))(
    "%s: nobody hides by his agent, nor passes for another",
    (_, format) => {
      const random = new Random(2)
      const requests = Array.from({ length: rounds }, (__, i) =>
        requestOf(random, format.escapes(i < 20 ? random.pick(agents) : hostile(random)))
      )
      const lines = requests.map(format.line)
      const read = readText(`${format.head ?? ""}${lines.join("\n")}\n`).lines
      expect(read.length).toBe(requests.length)
      let ambiguous = 0
      for (const [i, r] of requests.entries()) {
        // Where nobody escapes quotes, an agent may end as a request does.
        if (read[i] === "ambiguous" && format.escapes === raw && r.agent.includes('HTTP/1.1" ')) ambiguous++
        else expect(read[i], lines[i]).toEqual(expected(format, r))
      }
      expect(ambiguous).toBeLessThan(rounds / 100)
    },
    60_000
  )

  it.each(knownFormats.map((format) => [format.name, format] as const))(
    "the table's example of %s is read",
    (_, format) => {
      expect(readText(format.example).lines).toEqual([expect.objectContaining({ status: expect.any(Number) })])
    }
  )
})
