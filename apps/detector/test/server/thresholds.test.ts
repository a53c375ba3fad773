import { Connection, ThresholdsStore } from "@chaussettes/jetstream"
import { TestServer } from "@chaussettes/jetstream/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import type { BadThreshold } from "../../src/run/thresholds-in-force.ts"
import {
  eventually,
  portsOf,
  prepare,
  publish,
  startDetector,
  storedAlerts,
  storedWindows
} from "../support/detector.ts"

const two = (n: number) => `${n}`.padStart(2, "0")

/** Six requests of one client in the ten seconds from `second` on, four of them errors. */
const burst = (second: number): string =>
  [200, 200, 404, 404, 500, 500]
    .map(
      (status, i) =>
        `10.0.0.1 - - [05/Jan/2026:10:${two(Math.floor(second / 60))}:${two((second % 60) + i)} +0000] "GET /${i} HTTP/1.1" ${status} 1`
    )
    .join("\n")

/** A line far enough behind a window to decide it. */
const push = (second: number): string => burst(second).split("\n")[0]!

/** A seuil is in force within a second: so long a window must wait to be sure of it. */
const promisedAdoption = Effect.sleep("1 second")

const ipAlerts = Effect.map(storedAlerts, (alerts) => alerts.filter(({ type }) => type === "IP_ERROR_RATE"))

describe("seuils", () => {
  it.live("put while the detector runs change the verdict of the next window and stand in its record", () =>
    Effect.gen(function* () {
      const server = yield* TestServer
      yield* Effect.gen(function* () {
        yield* prepare
        const store = yield* ThresholdsStore
        yield* startDetector()
        yield* publish("web1", burst(0))
        yield* publish("web1", push(20))
        yield* eventually(
          "the first window is decided",
          Effect.map(storedWindows, (all) => all.length === 1)
        )
        expect(yield* ipAlerts).toHaveLength(1)

        const revision = yield* store.put("ip", "0.9")
        yield* promisedAdoption
        yield* publish("web1", burst(30))
        yield* publish("web1", push(50))
        yield* eventually(
          "the next windows are decided",
          Effect.map(storedWindows, (all) => all.length === 3)
        )
        const last = (yield* storedWindows)[2]
        expect(last.seuils.ip).toEqual({ value: 0.9, revision })
        expect(last.breaches).toEqual({ global: 1, ip: 0, url: 0 })
        expect(yield* ipAlerts).toHaveLength(1)
      }).pipe(Effect.scoped, Effect.provide(portsOf(server.url)))
    }).pipe(Effect.provide(TestServer.layer()))
  )

  it.live.each(['"abc"', "-1", "1e9", ""])("of %j change nothing and are said", (text) =>
    Effect.gen(function* () {
      const server = yield* TestServer
      yield* Effect.gen(function* () {
        yield* prepare
        const store = yield* ThresholdsStore
        const said: Array<BadThreshold> = []
        yield* startDetector({
          onBadThreshold: (bad) =>
            Effect.sync(() => {
              said.push(bad)
            })
        })
        const good = yield* store.put("ip", "0.5")
        const bad = yield* store.put("ip", text)
        yield* eventually(
          "the bad value is said",
          Effect.sync(() => said.length > 0)
        )
        expect(said).toMatchObject([{ entry: { key: "ip", revision: bad }, inForce: { value: 0.5, revision: good } }])
        yield* promisedAdoption
        yield* publish("web1", burst(0))
        yield* publish("web1", push(20))
        yield* eventually(
          "the window is decided",
          Effect.map(storedWindows, (all) => all.length === 1)
        )
        expect((yield* storedWindows)[0].seuils.ip).toEqual({ value: 0.5, revision: good })
      }).pipe(Effect.scoped, Effect.provide(portsOf(server.url)))
    }).pipe(Effect.provide(TestServer.layer()))
  )

  it.live("of a bucket that was deleted and made again are taken from its first revision on", () =>
    Effect.gen(function* () {
      const server = yield* TestServer
      yield* Effect.gen(function* () {
        yield* prepare
        const store = yield* ThresholdsStore
        const { jsm } = yield* Connection
        for (let i = 0; i < 20; i++) yield* store.put("ip", "0.3")
        yield* startDetector()
        yield* publish("web1", burst(0))
        yield* publish("web1", push(20))
        yield* eventually(
          "the first window is decided",
          Effect.map(storedWindows, (all) => all.length === 1)
        )
        yield* Effect.promise(() => jsm.streams.delete("KV_seuils"))
        yield* prepare
        const revision = yield* store.put("ip", "0.9")
        expect(revision).toBeLessThan(20)
        yield* promisedAdoption
        yield* publish("web1", burst(30))
        yield* publish("web1", push(50))
        yield* eventually(
          "the next windows are decided",
          Effect.map(storedWindows, (all) => all.length === 3)
        )
        expect((yield* storedWindows)[2].seuils.ip).toEqual({ value: 0.9, revision })
      }).pipe(Effect.scoped, Effect.provide(portsOf(server.url)))
    }).pipe(Effect.provide(TestServer.layer()))
  )

  it.live("that were good before a restart stay in force when the newest value is bad", () =>
    Effect.gen(function* () {
      const server = yield* TestServer
      yield* Effect.gen(function* () {
        yield* prepare
        const store = yield* ThresholdsStore
        const good = yield* store.put("url", "0.25")
        yield* store.put("url", "nonsense")
        yield* startDetector()
        yield* publish("web1", burst(0))
        yield* publish("web1", push(20))
        yield* eventually(
          "the window is decided",
          Effect.map(storedWindows, (all) => all.length === 1)
        )
        expect((yield* storedWindows)[0].seuils.url).toEqual({ value: 0.25, revision: good })
      }).pipe(Effect.scoped, Effect.provide(portsOf(server.url)))
    }).pipe(Effect.provide(TestServer.layer()))
  )
})
