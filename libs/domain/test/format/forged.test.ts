import { describe, expect, it } from "vitest"
import { defaultReading, parseNetworks } from "../../src/index.ts"
import { Random } from "../support/random.ts"
import { apache, nginx, raw } from "./corpus.ts"
import { type Read, readLine, readText } from "./read.ts"

/*
 * What a client puts into his path, user, referer or agent so that his line is read with a status that he has chosen. A server that escapes quotes
 * leaves him nothing; behind one that writes them as they come a line is right or rejected, never wrong.
 */

const time = "10/Oct/2026:13:55:36 +0000"
const front = `203.0.113.7 - - [${time}]`
const right: Read = { client: "203.0.113.7", time: "2026-10-10T13:55:36.000Z", status: 404, url: "/a" }

describe("a forged status", () => {
  it.each([
    ["a path", `${front} "GET /a" 200 5 HTTP/1.1" 404 12 "-" "UA"`],
    ["a path, in words", `${front} "GET /a HTTP/1.1" 200 5 x HTTP/1.1" 404 12 "-" "UA"`],
    ["a request without a method", `${front} "/a" 200 5 HTTP/1.1" 404 12 "-" "UA"`],
    ["a path of Common", `${front} "GET /a" 200 5 HTTP/1.1" 404 12`],
    [
      "a path of Traefik's",
      `${front} "GET /a" 200 5 HTTP/2.0" 404 12 "-" "UA" 12 "web@docker" "http://10.0.0.5:80" 3ms`
    ]
  ])("in %s is not taken", (_, line) => {
    expect(readLine(line)).toEqual({ ...right, url: undefined })
  })

  it.each([
    ["an agent", `${front} "GET /a HTTP/1.1" 404 12 "-" "x" 200 5 "-" "y"`],
    ["a referer", `${front} "GET /a HTTP/1.1" 404 12 "x" 200 5 "-" "y" "UA"`],
    ["an agent, with a protocol and too few fields", `${front} "GET /a HTTP/1.1" 404 12 "-" "x HTTP/1.1" 200 5 "y"`],
    [
      "an agent of Traefik's",
      `${front} "GET /a HTTP/1.1" 404 12 "-" "x HTTP/1.1" 200 5 "y" 12 "web@docker" "http://10.0.0.5:80" 3ms`
    ],
    ["an agent that is escaped", String.raw`${front} "GET /a HTTP/1.1" 404 12 "-" "x HTTP/1.1\" 200 5 \"-\" \"y"`]
  ])("in %s is not taken, and the URL is right", (_, line) => {
    expect(readLine(line)).toEqual(right)
  })

  it("in a path that is escaped is not taken", () => {
    const line = String.raw`${front} "GET /a HTTP/1.1\" 200 5 \"-\" \"z HTTP/1.1" 404 12 "-" "UA"`
    expect(readLine(line)).toEqual({ ...right, url: undefined })
  })

  it("makes a line ambiguous that may be a path's or an agent's", () => {
    expect(readLine(`${front} "GET /x HTTP/1.1" 200 9 "-" "z HTTP/1.1" 404 12 "-" "UA"`)).toBe("ambiguous")
    const traefik = ' 12 "web@docker" "http://10.0.0.5:80" 3ms'
    expect(readLine(`${front} "GET /x HTTP/1.1" 200 9 "-" "z HTTP/1.1" 404 12 "-" "UA"${traefik}`)).toBe("ambiguous")
  })

  it("and time in a user's name are not taken", () => {
    const user = 'x [10/Oct/2026:09:00:00 +0000] "GET /b HTTP/1.1" 200 5 "-" "y"'
    expect(readLine(`203.0.113.7 - ${user} [${time}] "GET /a HTTP/1.1" 404 12 "-" "UA"`)).toBe("ambiguous")
    const timeAlone = 'x [10/Oct/2026:09:00:00 +0000] "-"'
    expect(readLine(`203.0.113.7 - ${timeAlone} [${time}] "GET /a HTTP/1.1" 404 12 "-" "UA"`)).toBe("ambiguous")
  })

  it("does not bring a client with it that a trusted proxy is said to have named", () => {
    const networks = parseNetworks("203.0.113.7")
    const trusting = { ...defaultReading, trusted: networks.ok ? networks.networks : [] }
    const line = `${front} "GET /a" 200 5 "-" "x" "192.0.2.1" HTTP/1.1" 404 12 "-" "UA" "198.51.100.9"`
    expect(readLine(line, trusting)).toSatisfy(
      (read: Read | string) => read === "ambiguous" || (read as Read).client === "198.51.100.9"
    )
    const sure = `${front} "GET /a" 200 5 HTTP/1.1" 404 12 "-" "UA" "198.51.100.9"`
    expect(readLine(sure, trusting)).toEqual({ ...right, url: undefined, client: "198.51.100.9" })
  })

  it("is as little taken from a line of which no other is known", () => {
    const envoy = (path: string, agent: string) =>
      `[2026-10-10T13:55:36.000Z] "GET ${path} HTTP/2" 404 - 0 12 3 2 "203.0.113.7" "${agent}" "id" "host" "10.0.0.5:80"`
    const first = envoy("/a", "UA")
    const tail = "- 0 12 3 2"
    expect(readText(`${first}\n${envoy(`/a" 200 5`, "UA")}\n`).lines).toEqual([right, { ...right, url: undefined }])
    expect(readText(`${first}\n${envoy(`/x HTTP/2" 200 ${tail} "203.0.113.7" "z`, "UA")}\n`).lines[1]).toBe("ambiguous")
    expect(readText(`${first}\n${envoy("/a", `x HTTP/2" 200 ${tail} "203.0.113.7" "z`)}\n`).lines[1]).toBe("ambiguous")
    expect(readText(`${first}\n${envoy("/a", `x" 200 ${tail} "203.0.113.7" "z`)}\n`).lines[1]).toEqual(right)
  })

  it("in a value of JSON that nobody escaped makes a line ambiguous", () => {
    const line = (agent: string) =>
      `{"time":"2026-10-10T13:55:36.000Z","remote_addr":"203.0.113.7","status":404,"request":"GET /a HTTP/1.1","agent":"${agent}"}`
    expect(readLine(line("x"))).toEqual(right)
    expect(readLine(line('x","status":200,"y":"z'))).toBe("ambiguous")
    expect(readLine(line('x","status":404,"y":"z'))).toEqual(right)
  })
})

/** What a forger writes, and parts of it. */
const parts = [
  ...'" \\x[]',
  "/a",
  '"',
  " HTTP/1.1",
  ' HTTP/1.1" 200 9 "-" "',
  '" 200 5 "-" "y',
  '" 200 5',
  " 200 5 ",
  '"-" "',
  ' "-"',
  "- - ",
  "404 12",
  `[${time}] "GET /b HTTP/1.1"`,
  '[10/Oct/2026:09:00:00 +0000] "',
  ' 12 "r" "http://b" 3ms',
  "-"
]

const forged = (random: Random): string =>
  Array.from({ length: random.int(0, 7) }, () => random.pick(parts))
    .join("")
    .replaceAll(/^[ \t]+|[ \t]+$/g, "")

const tails: ReadonlyArray<readonly [name: string, tail: (r: { referer: string; agent: string }) => string]> = [
  ["Combined", ({ referer, agent }) => ` "${referer}" "${agent}"`],
  ["Traefik's", ({ referer, agent }) => ` "${referer}" "${agent}" 12 "web@docker" "http://10.0.0.5:80" 3ms`],
  ["Combined with further fields", ({ referer, agent }) => ` "${referer}" "${agent}" 0.003 "-" id`],
  ["Common", () => ""]
]

describe("for whatever a client sends", () => {
  it.each(
    tails.flatMap(([name, tail]) =>
      [
        ["escapes like Apache", apache],
        ["escapes like nginx", nginx],
        ["does not escape", raw]
      ].map(([how, escapes]) => [name, how as string, tail, escapes as (text: string) => string] as const)
    )
  )("a line of %s from a server that %s is right or rejected", (name, _, tail, escapes) => {
    const random = new Random(23)
    let rejected = 0
    for (let i = 0; i < 10_000; i++) {
      const [path, referer, agent] = [forged(random), forged(random), forged(random)].map(escapes) as [
        string,
        string,
        string
      ]
      const status = random.pick([200, 404, 503])
      const line = `${front} "GET /${path} HTTP/1.1" ${status} 12${tail({ referer, agent })}`
      const read = readLine(line)
      if (read === "ambiguous" && escapes === raw) rejected++
      else if (typeof read === "string") expect.unreachable(`${read}: ${line}`)
      else expect(read, line).toEqual({ ...right, status, url: read.url })
    }
    expect(rejected / 10_000, name).toBeLessThan(0.5)
  })
})
