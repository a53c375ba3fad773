import { Connection } from "@chaussettes/jetstream"
import { TestServer } from "@chaussettes/jetstream/testing"
import { chaussettes, until } from "@chaussettes/testing"
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { common, logTime } from "../../../../libs/domain/test/support/lines.ts"
import { seriesValue, startPart } from "../../../../test/metrics/parts.ts"
import { portsOf, prepare, publish, storedWindows } from "../support/detector.ts"

it.live(
  "where nothing can be read, the log, the status and the metrics say so, and that nothing waits to be read",
  () =>
    Effect.gen(function* () {
      const server = yield* TestServer
      yield* Effect.gen(function* () {
        yield* prepare
        const part = yield* Effect.acquireRelease(
          Effect.sync(() => startPart(["detect", "--http-port", "0"], { NATS_URL: server.url })),
          ({ child, ended }) =>
            Effect.promise(() => {
              child.kill("SIGKILL")
              return ended
            })
        )
        const url = yield* Effect.promise(() => part.url())
        const iis = "2026-11-24 10:00:00 10.0.0.1 GET /index.html - 443 - 192.0.2.1 Mozilla 200 0 0 15"
        for (let i = 0; i < 12; i++) yield* publish("iis", Array.from({ length: 100 }, () => iis).join("\n"))
        const words =
          /No line can be read: of 1,200 lines of the last 5 minutes, 1,200 are rejected \((\w+)\)\. `chaussettes parse FILE` shows why\./
        const ofSource = / {2}iis .*lines 1,200 \(1,200 without a verdict\)/
        const look = () => chaussettes(["status"], { env: { NATS_URL: server.url, LANG: "en" } })
        const shown = yield* Effect.promise(() =>
          until(
            "status says it",
            async () => {
              const { stdout } = await look()
              // The tally and the checkpoint, which knows the sources, are stored one behind the other.
              return words.test(stdout) && ofSource.test(stdout) ? stdout : undefined
            },
            { limitMs: 30_000 }
          )
        )
        expect(shown).toMatch(/^Wrong – No line can be read/)
        expect(shown).toMatch(/Lag +0 /)
        expect(shown).toMatch(/ready: all received lines are read/)
        yield* Effect.promise(() => until("its log says it", () => words.test(part.stderr()), { seen: part.stderr }))
        expect(part.stderr().match(new RegExp(words, "g"))).toHaveLength(1)
        const metrics = yield* Effect.promise(() =>
          until("the metrics say it", async () => {
            const text = await (await fetch(`${url}/metrics`)).text()
            const told = [
              seriesValue(text, 'chaussettes_detector_recent_lines_without_verdict{kind="unparsed"}'),
              seriesValue(text, "chaussettes_detector_lag_messages")
            ]
            return told[0] === 1_200 && told[1] === 0 ? text : undefined
          })
        )
        const { jsm } = yield* Connection
        const info = yield* Effect.promise(() => jsm.consumers.info("LOGS", "detector"))
        expect(info.num_pending + info.num_ack_pending).toBe(0)
        expect(seriesValue(metrics, "chaussettes_detector_recent_lines")).toBe(1_200)
        expect(yield* storedWindows).toEqual([])

        // What can be read again makes an end of it.
        for (let i = 0; i < 300; i++) {
          const line = common({ time: logTime(Math.floor(Date.now() / 1_000) * 1_000) })
          yield* publish("web1", Array.from({ length: 100 }, () => line).join("\n"))
        }
        yield* Effect.promise(() =>
          until("it is over", () => /Nearly all lines .* get a verdict again/.test(part.stderr()), {
            seen: part.stderr
          })
        )
      }).pipe(Effect.scoped, Effect.provide(portsOf(server.url)))
    }).pipe(Effect.provide(TestServer.layer())),
  90_000
)
