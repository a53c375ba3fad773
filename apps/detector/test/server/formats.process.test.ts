import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Alert } from "@chaussettes/domain"
import { type RunningServer, TestServer } from "@chaussettes/jetstream/testing"
import { chaussettes, succeeded } from "@chaussettes/testing"
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { combined, logTime } from "../../../../libs/domain/test/support/lines.ts"
import { startPart } from "../../../../test/metrics/parts.ts"
import { eventually, portsOf, prepare, publish, storedAlerts, storedWindows } from "../support/detector.ts"

/*
 * Sources that log in formats of their own, of which nobody has said anything to the detector, are one traffic: what comes out is what `analyze` says of
 * the same lines, although the detector is killed in between.
 */

const t0 = Date.UTC(2026, 0, 5, 10)
const windowMs = 10_000
const windows = 60
/** The detector is killed behind this window, and one source changes its format. */
const half = 30

interface Request {
  readonly ms: number
  readonly client: string
  readonly url: string
  readonly status: number
}

const months = ["Jan", "Feb"]
const two = (n: number) => `${n}`.padStart(2, "0")
const syslogTime = (ms: number): string => {
  const t = new Date(ms)
  return `${months[t.getUTCMonth()]} ${`${t.getUTCDate()}`.padStart(2)} ${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`
}

const inCombined = ({ ms, client, url, status }: Request): string =>
  combined({ client, time: logTime(ms), request: `GET ${url} HTTP/1.1`, status: `${status}` })
/** As nginx writes it with `escape=json`. */
const inJson = ({ ms, client, url, status }: Request): string =>
  JSON.stringify({
    time_iso8601: new Date(ms).toISOString().replace(".000Z", "+00:00"),
    remote_addr: client,
    request: `GET ${url} HTTP/1.1`,
    status: `${status}`,
    body_bytes_sent: "12",
    http_user_agent: 'curl/8.5 "quoted"'
  })
const inSyslog = (request: Request): string => `<190>${syslogTime(request.ms)} web3 nginx: ${inCombined(request)}`

interface Source {
  readonly name: string
  readonly line: (request: Request, window: number) => string
  /** How its shipper packs lines. */
  readonly linesAMessage: number
}

const sources: ReadonlyArray<Source> = [
  { name: "json", line: inJson, linesAMessage: 1 },
  { name: "combined", line: inCombined, linesAMessage: 4 },
  { name: "syslog", line: inSyslog, linesAMessage: 100 },
  { name: "changes", line: (request, w) => (w <= half ? inJson(request) : inCombined(request)), linesAMessage: 3 }
]

/** Clients and URLs are the same in all sources, so that a key's counts come together from all formats. */
const requestsOf = (window: number, source: number): ReadonlyArray<Request> =>
  Array.from({ length: 8 }, (_, i) => {
    const n = Math.imul(window * 37 + source * 11 + i + 1, 0x9e3779b1) >>> 8
    const client = `192.0.2.${i % 4}`
    const isBroken = (window % 9 === 4 && i % 4 === 1) || (window % 13 === 7 && i % 3 === 2)
    return {
      ms: t0 + window * windowMs + i * 1_000,
      client,
      url: `/shop/${i % 3}?n=${n % 7}`,
      status: isBroken ? 500 + (n % 4) : n % 40 === 0 ? 404 : 200
    }
  })

const lines = Array.from({ length: windows }, (_, window) =>
  sources.map((source, s) => requestsOf(window, s).map((request) => source.line(request, window)))
)

/** The same lines as one file, in the order of their times. */
const asFile = lines.flatMap((ofSources) => ofSources[0]!.flatMap((_, i) => ofSources.map((own) => own[i]!))).join("\n")

const publishWindows = (from: number, to: number) =>
  Effect.gen(function* () {
    for (let window = from; window < to; window++) {
      for (const [s, { name, linesAMessage }] of sources.entries()) {
        const own = lines[window]![s]!
        for (let i = 0; i < own.length; i += linesAMessage) {
          yield* publish(name, own.slice(i, i + linesAMessage).join("\n"))
        }
      }
    }
  })

const startDetect = (server: RunningServer) =>
  Effect.acquireRelease(
    Effect.sync(() => startPart(["detect"], { NATS_URL: server.url })),
    ({ child, ended }) =>
      Effect.promise(() => {
        child.kill("SIGKILL")
        return ended
      })
  )

/** What an alert says of the traffic; where its lines stand and which thresholds of the bucket they were is the server's alone. */
const saidBy = ({ lines: _, seuils_revision, ...alert }: Alert & { readonly seuils_revision?: number }) => alert

it.live(
  "sources in four formats, one of them changing: alerts as of one file, over a kill of the detector, and verify clean",
  () =>
    Effect.gen(function* () {
      const folder = mkdtempSync(join(tmpdir(), "formats-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true })))
      const file = join(folder, "all.log")
      writeFileSync(file, `${asFile}\n`)
      const analyzed = yield* Effect.promise(() => succeeded(chaussettes(["analyze", file])))
      const expected = analyzed
        .trimEnd()
        .split("\n")
        .map((line) => saidBy(JSON.parse(line)))
      expect(new Set(expected.map(({ type }) => type)).size).toBe(3)

      const server = yield* TestServer
      yield* Effect.gen(function* () {
        yield* prepare
        const first = yield* startDetect(server)
        yield* publishWindows(0, half)
        yield* eventually(
          "windows of the first half are decided",
          Effect.map(storedWindows, (records) => records.length > half / 2)
        )
        first.child.kill("SIGKILL")
        yield* Effect.promise(() => first.ended)
        yield* publishWindows(half, windows)
        for (const { name } of sources) yield* publish(name, "", "end")
        const second = yield* startDetect(server)
        yield* eventually(
          "all windows are decided",
          Effect.map(storedWindows, (records) => records.length === windows),
          "30 seconds"
        )
        yield* eventually(
          "all alerts are stored",
          Effect.map(storedAlerts, (alerts) => alerts.length >= expected.length)
        )
        expect((yield* storedAlerts).map(saidBy)).toEqual(expected)
        expect(second.output()).toContain(
          "The lines of changes have changed format from json to common, and are now read as common."
        )
        const records = yield* storedWindows
        expect(records.reduce((sum, { total }) => sum + total, 0)).toBe(lines.flat(2).length)

        const verified = yield* Effect.promise(() =>
          chaussettes(["verify", "--json"], { env: { NATS_URL: server.url } })
        )
        expect(verified.code, verified.stderr).toBe(0)
        expect(JSON.parse(verified.stdout)).toMatchObject({ alerts: { same: expected.length } })
      }).pipe(Effect.scoped, Effect.provide(portsOf(server.url)))
    }).pipe(Effect.scoped, Effect.provide(TestServer.layer())),
  90_000
)
