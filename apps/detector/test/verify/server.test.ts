import { readFileSync } from "node:fs"
import { type Alert, alertSubject } from "@chaussettes/domain"
import { AlertsLog, applyTopology, Connection, type VersionedLog, WindowsLog } from "@chaussettes/jetstream"
import { TestServer } from "@chaussettes/jetstream/testing"
import { expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { layerAudits } from "../../src/verify/audits.ts"
import { type VerifyOptions, verifyLogs } from "../../src/verify/verify-logs.ts"
import { portsOf, prepare, publish, runDetector, storedAlerts, storedWindows } from "../support/detector.ts"
import { clean, countsOf } from "./world.ts"

const file = new URL("../../../../testdata/elastic-apache-10k.log", import.meta.url)

const options: VerifyOptions = {
  fromMs: Number.NEGATIVE_INFINITY,
  toMs: Number.POSITIVE_INFINITY,
  examples: 10,
  patienceMs: 0,
  onProgress: () => {}
}

const audits = { inline: layerAudits("inline"), threaded: layerAudits("thread") }

/** The real log in LOGS, decided. */
const decided = Effect.gen(function* () {
  yield* prepare
  const lines = readFileSync(file, "latin1").split(/(?<=\n)/)
  for (let i = 0; i < lines.length; i += 50) yield* publish("web1", lines.slice(i, i + 50).join(""))
  yield* runDetector({ settings: { allowedLatenessMs: 60_000 }, untilCaughtUp: true })
})

/** Puts something behind all that is there, as whoever may write to the stream can. */
const put = (log: typeof WindowsLog | typeof AlertsLog, subject: string, json: unknown) =>
  Effect.gen(function* () {
    const stream: VersionedLog = yield* log
    yield* stream.append([{ subject, data: JSON.stringify(json), epoch: 0 }], yield* stream.lastSeq)
  })

/** Makes ALERTS anew: nobody may delete or change a message of it. */
const rewriteAlerts = (alerts: ReadonlyArray<Alert>) =>
  Effect.gen(function* () {
    const { jsm } = yield* Connection
    yield* Effect.promise(() => jsm.streams.delete("ALERTS"))
    yield* applyTopology()
    const entries = alerts.map((alert) => ({ subject: alertSubject(alert), data: JSON.stringify(alert), epoch: 1 }))
    yield* (yield* AlertsLog).append(entries, 0)
  })

it.live(
  "on a real server finds an alert that is gone, one that was altered, and a message of LOGS that is lost",
  () =>
    Effect.gen(function* () {
      const server = yield* TestServer
      yield* Effect.gen(function* () {
        yield* decided
        const alerts: ReadonlyArray<Alert> = yield* storedAlerts
        const changed = alerts.map((alert, i) => (i === 5 ? { ...alert, errors: alert.errors + 1 } : alert))
        yield* rewriteAlerts(changed.filter((_, i) => i !== 12))
        expect(countsOf(yield* verifyLogs(options))).toEqual({ windows: [0, 0, 0], alerts: [1, 0, 1] })
        yield* rewriteAlerts(alerts)
        expect(countsOf(yield* verifyLogs(options))).toEqual(clean)
        const { jsm } = yield* Connection
        yield* Effect.promise(() => jsm.streams.deleteMessage("LOGS", 77))
        const { windows, alerts: after } = (yield* verifyLogs(options)).findings!
        expect(windows.different + windows.extra).toBeGreaterThan(0)
        expect(after.lost).toBe(0)
      }).pipe(Effect.provide(Layer.merge(portsOf(server.url), layerAudits("thread"))))
    }).pipe(Effect.provide(TestServer.layer())),
  60_000
)

it.live.each(["inline", "threaded"] as const)(
  "on a real server finds an undisturbed run clean, and then what was put into it (%s)",
  (audit) =>
    Effect.gen(function* () {
      const server = yield* TestServer
      yield* Effect.gen(function* () {
        yield* decided
        const first = yield* verifyLogs(options)
        expect(countsOf(first)).toEqual(clean)
        expect(first.findings!.windows.same).toBe((yield* storedWindows).length)
        expect(first.findings!.alerts.same).toBe(22)
        expect(first.findings!.lines).toBe(9_999)

        const alerts = yield* storedAlerts
        yield* put(AlertsLog, "alerts.ip.medium", alerts[7])
        yield* put(AlertsLog, "alerts.global.high", { ...alerts[0], id: "global.20150517T100510Z-10s" })
        const records = yield* storedWindows
        yield* put(WindowsLog, "windows.decided", records[3])
        const second = yield* verifyLogs(options)
        expect(countsOf(second)).toEqual({ windows: [0, 1, 0], alerts: [0, 2, 0] })
      }).pipe(Effect.provide(Layer.merge(portsOf(server.url), audits[audit])))
    }).pipe(Effect.provide(TestServer.layer())),
  60_000
)
