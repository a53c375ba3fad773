import { describe, expect, it } from "vitest"
import {
  agentOf,
  BatchLines,
  batchOf,
  defaultReading,
  defaultSettings,
  LineScanner,
  LineTally,
  type Listing,
  limits,
  readerFor,
  scanLines
} from "../../src/index.ts"
import { bytesOf, realLog, textOf } from "../support/lines.ts"

const log = realLog()
const dayMs = 86_400_000
const utcDay = (ms: number) => Math.floor(ms / dayMs)
const everything = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }

const tallied = (
  bytes: Uint8Array,
  { span = everything, reading = defaultReading, dayOf = utcDay, pieces = 1 } = {}
) => {
  const settings = { ...defaultSettings, ...span, reading }
  const tally = new LineTally(settings, 7, false, dayOf)
  const reader = readerFor(reading, { refers: true })
  const scanner = new LineScanner("path", limits.lineBytes, 7, reader)
  for (let piece = 0, at = 0; piece < pieces; piece++) {
    let end = piece === pieces - 1 ? bytes.length : Math.floor((bytes.length * (piece + 1)) / pieces)
    if (piece < pieces - 1) end = bytes.lastIndexOf(10, end) + 1
    scanLines(scanner, bytes, at, end, undefined, tally)
    at = end
  }
  return tally.contents()
}

/** The same log read by a regular expression, which shares nothing with the scanner. */
const form = /^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+)[^"]*" (\d{3}) (\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"/
const read = textOf(log)
  .split("\n")
  .flatMap((line) => {
    const m = form.exec(line)
    if (m === null) return []
    const [, client, time, method, target, status, size, referer, agent] = m as unknown as ReadonlyArray<string>
    const [day, month, year, clock] = /^(\d+)\/(\w+)\/(\d+):(\S+)/.exec(time!)!.slice(1)
    const timeMs = Date.parse(`${day} ${month} ${year} ${clock} GMT`)
    const url = target!.split("?")[0]!
    const bytes = size === "-" ? 0 : Number(size)
    return [
      { client: client!, timeMs, method: method!, url, status: Number(status), bytes, referer: referer!, agent: agent! }
    ]
  })

/** Keys with how often they come, the most frequent ones first. */
const ranked = (keys: ReadonlyArray<string>, most: number) => {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, most)
}
const rowsOf = ({ rows }: Listing, most: number) => rows.slice(0, most).map(({ key, requests }) => [key, requests])

describe("what a report counts of the real log", () => {
  const contents = tallied(log)

  it("is as many lines, requests, errors and bytes as another program counts", () => {
    expect(contents.lines).toBe(10_000)
    expect(contents.rejected).toEqual({ truncated: 1 })
    expect(contents.requests).toBe(read.length)
    expect(contents.errors).toBe(read.filter(({ status }) => status >= 400).length)
    expect(contents.clientErrors).toBe(read.filter(({ status }) => status >= 400 && status < 500).length)
    expect(contents.serverErrors).toBe(3)
    expect(contents.bytes.sum).toBe(read.reduce((sum, { bytes }) => sum + bytes, 0))
    expect(contents.firstMs).toBe(Math.min(...read.map(({ timeMs }) => timeMs)))
    expect(contents.lastMs).toBe(Math.max(...read.map(({ timeMs }) => timeMs)))
    expect(contents.durations).toBeUndefined()
  })

  it("has the same statuses", () => {
    const statuses = ranked(
      read.map(({ status }) => `${status}`),
      99
    ).map(([status, n]) => [Number(status), n] as const)
    expect(contents.statuses).toEqual(statuses.toSorted(([a], [b]) => a - b).flat())
  })

  it("has the same clients, agents, methods and URLs, in the same order", () => {
    const isStatic = (url: string) => /\.(css|js|png|jpe?g|gif|svg|ico|pdf|txt|gz|zip|tar)$/i.test(url)
    expect(rowsOf(contents.clients, 100)).toEqual(
      ranked(
        read.map(({ client }) => client),
        100
      )
    )
    expect(contents.clients.keys).toBe(new Set(read.map(({ client }) => client)).size)
    expect(rowsOf(contents.agents, 50)[0]).toEqual(
      ranked(
        read.map(({ agent }) => agent),
        1
      )[0]
    )
    expect(contents.agents.keys).toBe(new Set(read.map(({ agent }) => agent)).size)
    expect(rowsOf(contents.methods, 9)).toEqual(
      ranked(
        read.map(({ method }) => method),
        9
      )
    )
    const pages = read.map(({ url }) => url).filter((url) => !isStatic(url))
    expect(rowsOf(contents.pages, 20)).toEqual(ranked(pages, 20))
    const files = read.map(({ url }) => url).filter(isStatic)
    expect(rowsOf(contents.staticFiles, 20)).toEqual(ranked(files, 20))
  })

  it("has the same URLs that were not found, with what was sent for each", () => {
    const missing = read.filter(({ status }) => status === 404)
    expect(contents.notFound.rows.slice(0, 5).map(({ key, notFound }) => [key, notFound])).toEqual(
      ranked(
        missing.map(({ url }) => url),
        5
      )
    )
    const [first] = contents.pages.rows
    const sent = read.filter(({ url }) => url === first!.key).reduce((sum, { bytes }) => sum + bytes, 0)
    expect(first!.bytes).toBe(sent)
  })

  it("has the same referring pages, without their query strings, and counts who names none", () => {
    const pages = read.map(({ referer }) => referer.split(/[?#]/)[0]!).filter((page) => page !== "-" && page !== "")
    expect(contents.direct).toBe(read.length - pages.length)
    expect(rowsOf(contents.referrers, 30)).toEqual(ranked(pages, 30))
    const sites = pages.flatMap((page) => /^https?:\/\/(?:www\.)?([^/:]+)/i.exec(page)?.[1]?.toLowerCase() ?? [])
    expect(rowsOf(contents.referringSites, 10)).toEqual(ranked(sites, 10))
  })

  it("has the same networks", () => {
    const networks = read.flatMap(({ client }) => {
      const parts = /^(\d+\.\d+\.\d+)\.\d+$/.exec(client)
      return parts === null ? [] : [`${parts[1]}.0/24`]
    })
    expect(rowsOf(contents.networks, 20)).toEqual(ranked(networks, 20))
  })

  it("has the same minutes and, without bots, the same visitors of each day", () => {
    const minutes = new Map<number, number>()
    for (const { timeMs } of read) {
      const minute = Math.floor(timeMs / 60_000) * 60_000
      minutes.set(minute, (minutes.get(minute) ?? 0) + 1)
    }
    expect(contents.course.slots.map(({ startMs, requests }) => [startMs, requests])).toEqual(
      [...minutes].sort(([a], [b]) => a - b)
    )
    const isBot = (agent: string) => agentOf(agent).kind === "bot"
    const visitors = new Map<number, Set<string>>()
    for (const { client, agent, timeMs } of read) {
      if (isBot(agent)) continue
      const day = utcDay(timeMs)
      visitors.set(day, (visitors.get(day) ?? new Set()).add(`${client} ${agent}`))
    }
    expect(contents.visitors.days).toEqual([...visitors].map(([day, { size }]) => ({ day, visitors: size })))
  })

  it("does not depend on where the log was cut into pieces", () => {
    expect(tallied(log, { pieces: 7 })).toEqual(contents)
  })

  it("is the same over messages of LOGS", () => {
    const reader = new BatchLines(defaultReading, "path", 7, { refers: true })
    const tally = new LineTally({ ...defaultSettings, ...everything }, 7, false, utcDay)
    const message = { seq: 1, source: "web", storedMs: Date.UTC(2026, 0, 1), bytes: log }
    reader.read(batchOf([message]), (code) => tally.see(reader.scanner, code))
    expect(tally.contents()).toEqual(contents)
  })
})

describe("a report's lines", () => {
  const line = (over: { client?: string; time?: string; url?: string; status?: number; rest?: string } = {}) =>
    `${over.client ?? "192.0.2.1"} - - [${over.time ?? "17/May/2026:10:00:00 +0000"}] "GET ${over.url ?? "/"} HTTP/1.1" ${over.status ?? 200} 10 ${over.rest ?? '"-" "curl/8.5.0"'}\n`
  const of = (...lines: ReadonlyArray<string>) => bytesOf(lines.join(""))

  it("are only those of the span that was asked for", () => {
    const fromMs = Date.UTC(2026, 4, 17, 11)
    const contents = tallied(of(line(), line({ time: "17/May/2026:11:00:00 +0000" })), {
      span: { fromMs, toMs: Number.POSITIVE_INFINITY }
    })
    expect(contents).toMatchObject({ lines: 2, outside: 1, requests: 1, firstMs: fromMs })
  })

  it("that rules ignore are only counted as such", () => {
    const reading = { ...defaultReading, ignore: { revision: 0, rules: [{ name: "health", path: ["/healthz"] }] } }
    const contents = tallied(of(line(), line({ url: "/healthz" })), { reading })
    expect(contents).toMatchObject({ lines: 2, ignored: 1, requests: 1 })
    expect(rowsOf(contents.pages, 9)).toEqual([["/", 1]])
  })

  it("of a bot are no visit, and count as its requests", () => {
    const bot = '"-" "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"'
    const contents = tallied(of(line(), line({ rest: bot }), line({ rest: bot, client: "192.0.2.2" })))
    expect(contents.bots).toBe(2)
    expect(contents.visitors.days.map(({ visitors }) => visitors)).toEqual([1])
    expect(contents.botNames.rows).toMatchObject([{ key: "AhrefsBot", requests: 2, kind: "bot" }])
    expect(contents.families.rows).toMatchObject([
      { key: "AhrefsBot", kind: "bot" },
      { key: "curl", kind: "program" }
    ])
  })

  it("of one visitor around midnight are one visit a day, in whatever order they come", () => {
    const times = ["23:59:58", "00:00:01", "23:59:59", "00:00:02"].map((clock, i) =>
      line({ time: `${i % 2 === 0 ? 17 : 18}/May/2026:${clock} +0000` })
    )
    expect(tallied(of(...times)).visitors.days.map(({ visitors }) => visitors)).toEqual([1, 1])
  })

  it("of JSON name referrer, agent, duration and host as those of Combined do", () => {
    const json = JSON.stringify({
      time_iso8601: "2026-05-17T10:00:00+00:00",
      remote_addr: "2001:db8:1:2::3",
      request: "GET /a?b=c HTTP/1.1",
      status: 404,
      body_bytes_sent: 12,
      http_referer: "https://www.example.org/x?y",
      http_user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
      request_time: "0.250"
    })
    const contents = tallied(bytesOf(`${json}\n`))
    expect(rowsOf(contents.referrers, 9)).toEqual([["https://www.example.org/x", 1]])
    expect(rowsOf(contents.referringSites, 9)).toEqual([["example.org", 1]])
    expect(rowsOf(contents.networks, 9)).toEqual([["2001:db8:1::/48", 1]])
    expect(contents.families.rows).toMatchObject([{ key: "Firefox", kind: "browser" }])
    expect(rowsOf(contents.systems, 9)).toEqual([["Linux", 1]])
    expect(contents.notFound.rows).toMatchObject([{ key: "/a", notFound: 1, meanUs: 250_000 }])
  })

  it("have a referrer only where it was asked for, in formats that are not read strictly", () => {
    const reader = (refers: boolean) =>
      new LineScanner("path", limits.lineBytes, 0, readerFor(defaultReading, { refers }))
    const bytes = bytesOf(
      '{"time":"2026-05-17T10:00:00Z","remote_addr":"192.0.2.1","request":"GET / HTTP/1.1","status":200,"http_referer":"https://example.org/","http_user_agent":"curl/8"}\n'
    )
    const found = [false, true].map((refers) => {
      const scanner = reader(refers)
      const code = scanner.scan(bytes, 0, bytes.length)
      return [code, scanner.refererStart >= 0, scanner.agentStart >= 0]
    })
    expect(found).toEqual([
      [0, false, false],
      [0, true, true]
    ])
  })
})
