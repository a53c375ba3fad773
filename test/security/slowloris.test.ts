import { connect } from "node:net"
import { until } from "@chaussettes/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeServer } from "../../apps/dashboard/test/fixture.ts"
import { running } from "../../apps/dashboard/test/server.ts"
import { serverLimits } from "../../libs/service/src/shell/bounded-server.ts"
import { start } from "../../libs/service/test/program.ts"
import { beginnings, slowConnection } from "./slowloris.ts"

/* Clients that begin a request and do not end it, against the page and what serves /metrics. */

const limits = { headersTimeoutMs: 300, requestTimeoutMs: 600, checkMs: 50, connections: 20 }
/** What a busy machine may add. */
const slackMs = 3_000

/** The first line of the answer on a connection of its own; nothing where that is closed as it comes. */
const oneOff = (url: string, path = "/") =>
  new Promise<string>((resolve) => {
    const { hostname, port } = new URL(url)
    const ask = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
    const socket = connect(Number(port), hostname, () => socket.write(ask))
    let heard = ""
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1")
    })
    socket.on("error", () => {})
    socket.on("close", () => resolve(heard.split("\r\n")[0]!))
  })
const ok = "HTTP/1.1 200 OK"

describe("the page", () => {
  it.live.each(Object.entries(beginnings))("puts up with %s for its limit and no longer", ([, first]) =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer, { limits })
      const slow = Array.from({ length: limits.connections }, () => slowConnection(page.url, first, 20))
      const held = yield* Effect.promise(() => Promise.all(slow.map(({ closed }) => closed)))
      for (const ms of held) assert.isBelow(ms, limits.requestTimeoutMs + limits.checkMs + slackMs)
      // It was their silence that was cut, not their coming.
      assert.isAtLeast(Math.min(...held), limits.headersTimeoutMs - limits.checkMs)
      assert.strictEqual(yield* Effect.promise(() => oneOff(page.url)), ok)
    }).pipe(Effect.scoped)
  )

  it.live("answers beside slow ones, closes what is more than it holds, and has room again when they are gone", () =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer, { limits: { ...serverLimits, connections: limits.connections } })
      const slow = Array.from({ length: limits.connections - 1 }, () => slowConnection(page.url, "", 100))
      yield* Effect.promise(async () => {
        assert.strictEqual(await oneOff(page.url), ok)
        slow.push(slowConnection(page.url, "", 100))
        await until("no more are let in", async () => (await oneOff(page.url)) === "")
        slow[0]!.stop()
        await until("there is room again", async () => (await oneOff(page.url)) === ok)
      })
      for (const { stop } of slow) stop()
    }).pipe(Effect.scoped)
  )
})

describe("as they are shipped", () => {
  const mostMs = serverLimits.headersTimeoutMs + serverLimits.checkMs + slackMs
  const heldFor = (url: string, path: string) =>
    Effect.promise(async () => {
      const slow = Array.from({ length: 50 }, () => slowConnection(url, beginnings["no end of its headers"]!, 1_000))
      assert.strictEqual(await oneOff(url, path), ok)
      return Math.max(...(await Promise.all(slow.map(({ closed }) => closed))))
    })

  it.live("the page lets go of a client that does not end its headers", () =>
    Effect.gen(function* () {
      const page = yield* running(yield* makeServer)
      assert.isBelow(yield* heldFor(page.url, "/"), mostMs)
    }).pipe(Effect.scoped)
  )

  it.live("health and metrics let go of one, too, and answer their first hundred connections alone", () =>
    Effect.gen(function* () {
      const program = start(["serve", "--http-port", "0"])
      yield* Effect.addFinalizer(() => Effect.promise(() => program.stop("SIGKILL")))
      const url = yield* Effect.promise(() =>
        until("its port is told", () => /on (http:\/\/[^"]+)"/.exec(program.stderr())?.[1])
      )
      assert.isBelow(yield* heldFor(url, "/metrics"), mostMs)
      const many = Array.from({ length: serverLimits.connections }, () => slowConnection(url, "", 1_000))
      yield* Effect.promise(() => until("no more are let in", async () => (await oneOff(url, "/metrics")) === ""))
      for (const { stop } of many) stop()
    }).pipe(Effect.scoped)
  )
})
