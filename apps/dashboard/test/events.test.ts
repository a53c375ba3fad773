import { connect } from "node:net"
import type { Alert, WindowRecord } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { appendAlert, appendRecord, detect, makeServer, store, trafficOf } from "./fixture.ts"
import { running, until } from "./server.ts"

const t0 = Date.UTC(2026, 10, 24, 9)
const messages = trafficOf({
  fromMs: t0,
  toMs: t0 + 600_000,
  perSecond: 10,
  planted: [{ kind: "ip", fromMs: t0 + 300_000, toMs: t0 + 600_000 }]
})
const detected = detect(messages)
const half = {
  ...detected,
  records: detected.records.slice(0, 30),
  alerts: detected.alerts.filter((a) => Date.parse(a.window.end) <= t0 + 300_000)
}
const later: ReadonlyArray<{ record: WindowRecord; alerts: ReadonlyArray<Alert> }> = detected.records
  .slice(30)
  .map((record) => ({ record, alerts: detected.alerts.filter((a) => a.window.start === record.start) }))

interface Heard {
  readonly id: string
  readonly event: string
  readonly data: { readonly seq?: number; readonly alert?: { readonly id: string } }
}

/** A viewer that keeps what it hears. */
const viewer = (url: string, headers: Record<string, string> = {}) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const abort = new AbortController()
      const heard: Array<Heard> = []
      const state = { open: false, ended: false }
      const read = async () => {
        const response = await fetch(url, { headers, signal: abort.signal })
        state.open = response.ok
        let text = ""
        const decoder = new TextDecoder()
        for await (const chunk of response.body!) {
          text += decoder.decode(chunk, { stream: true })
          const events = text.split("\n\n")
          text = events.pop()!
          for (const event of events) {
            const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(event)?.[1] ?? ""
            if (field("event") !== "")
              heard.push({ id: field("id"), event: field("event"), data: JSON.parse(field("data")) })
          }
        }
      }
      read()
        .catch(() => {})
        .finally(() => {
          state.ended = true
        })
      return { heard, state, abort }
    }),
    ({ abort }) => Effect.sync(() => abort.abort())
  )

const idsOf = (from: number, to: number) => later.slice(from, to).flatMap((l) => l.alerts.map((a) => a.id))

const seqs = (heard: ReadonlyArray<Heard>, event: string) =>
  heard.filter((h) => h.event === event).map((h) => h.data.seq)

const stocked = Effect.gen(function* () {
  const server = yield* makeServer
  store(server, messages, half, t0)
  const page = yield* running(server)
  yield* until("everything is read", () => page.feed.history.windows === half.records.length)
  const decide = (count: number) => {
    for (const { record, alerts } of later.slice(decided, decided + count)) {
      appendRecord(server, record, t0)
      for (const alert of alerts) appendAlert(server, alert, t0)
    }
    decided += count
  }
  let decided = 0
  return { page, decide, server }
})

describe("events", () => {
  it.live("bring each window and alert once, in their order, to whoever listens", () =>
    Effect.gen(function* () {
      const { page, decide } = yield* stocked
      const { heard, state } = yield* viewer(`${page.url}/api/v1/events?after=${page.feed.position()}`)
      yield* until("it is connected", () => state.open)
      decide(5)
      yield* until("five windows are heard", () => seqs(heard, "window").length >= 5)
      assert.deepStrictEqual(seqs(heard, "window"), [31, 32, 33, 34, 35])
      yield* until("the alerts are heard", () => seqs(heard, "alert").length >= idsOf(0, 5).length)
      assert.deepStrictEqual(
        heard.filter((h) => h.event === "alert").map((h) => h.data.alert?.id),
        idsOf(0, 5)
      )
    }).pipe(Effect.scoped)
  )

  it.live("go on where a lost connection ended, with nothing missed and nothing twice", () =>
    Effect.gen(function* () {
      const { page, decide } = yield* stocked
      const first = yield* viewer(`${page.url}/api/v1/events?after=${page.feed.position()}`)
      yield* until("it is connected", () => first.state.open)
      decide(3)
      yield* until("three windows are heard", () => seqs(first.heard, "alert").length >= idsOf(0, 3).length)
      const lastId = first.heard.filter((h) => h.id !== "").at(-1)!.id
      first.abort.abort()
      decide(4)
      yield* until("they are read", () => page.feed.history.windows === 37)
      yield* until(
        "their alerts are read",
        () => page.feed.tail.alerts.length === half.alerts.length + idsOf(0, 7).length
      )
      const second = yield* viewer(`${page.url}/api/v1/events`, { "last-event-id": lastId })
      yield* until("the missed ones are heard", () => seqs(second.heard, "alert").length >= idsOf(3, 7).length)
      assert.deepStrictEqual(seqs(second.heard, "window"), [34, 35, 36, 37])
      assert.deepStrictEqual(
        second.heard.filter((h) => h.event === "alert").map((h) => h.data.alert?.id),
        idsOf(3, 7)
      )
      assert.isUndefined(second.heard.find((h) => h.event === "reset"))
    }).pipe(Effect.scoped)
  )

  it.live("tell who comes from another life of the streams to load anew", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked
      const { heard } = yield* viewer(`${page.url}/api/v1/events`, { "last-event-id": "99999.99999" })
      yield* until("it is told", () => heard.some((h) => h.event === "reset"))
    }).pipe(Effect.scoped)
  )

  it.live("begin anew with streams that were made anew under the page", () =>
    Effect.gen(function* () {
      const { page, server } = yield* stocked
      const { heard } = yield* viewer(`${page.url}/api/v1/events`)
      yield* until("it is connected", () => heard.length > 0)
      yield* server.recreate("WINDOWS")
      yield* server.recreate("ALERTS")
      appendRecord(server, later[0]!.record, t0)
      yield* until("it is told to load anew", () => heard.some((h) => h.event === "reset"))
      yield* until("the page knows the new stream only", () => page.feed.history.windows === 1)
      yield* until("and forgets the old alerts", () => page.feed.tail.alerts.length === 0)
    }).pipe(Effect.scoped)
  )

  it.live("begin with the status, and send it again when something happens", () =>
    Effect.gen(function* () {
      const { page, decide } = yield* stocked
      const { heard } = yield* viewer(`${page.url}/api/v1/events`)
      yield* until("the status is heard", () => heard[0]?.event === "status")
      decide(1)
      yield* until("it is heard again", () => heard.filter((h) => h.event === "status").length > 1, 1_500)
    }).pipe(Effect.scoped)
  )

  it.live("reach 200 viewers at once", () =>
    Effect.gen(function* () {
      const { page, decide } = yield* stocked
      const all = yield* Effect.forEach(
        Array.from({ length: 200 }),
        () => viewer(`${page.url}/api/v1/events?after=${page.feed.position()}`),
        { concurrency: 20 }
      )
      yield* until("all are connected", () => page.feed.hub.viewers === 200)
      decide(10)
      yield* until("all heard all", () => all.every((v) => seqs(v.heard, "window").length === 10))
      for (const v of all) v.abort.abort()
      yield* until("all are gone", () => page.feed.hub.viewers === 0)
      assert.strictEqual(page.feed.hub.cutOff, 0)
    }).pipe(Effect.scoped)
  )

  it.live(
    "bring whole what one window may alert for, and a flood as word to load anew; nobody who reads is cut off",
    () =>
      Effect.gen(function* () {
        const { page, server } = yield* stocked
        const { heard, state } = yield* viewer(`${page.url}/api/v1/events?after=${page.feed.position()}`)
        yield* until("it is connected", () => state.open)
        const alert = detected.alerts[0]!
        for (let i = 0; i < 1_000; i++) appendAlert(server, alert, t0)
        yield* until("all alerts of a window are heard", () => seqs(heard, "alert").length === 1_000)
        assert.isUndefined(heard.find((h) => h.event === "reset"))

        const before = seqs(heard, "window").length
        for (let i = 0; i < 10_000; i++) appendRecord(server, later[0]!.record, t0)
        yield* until("it is told to load anew", () => heard.some((h) => h.event === "reset"))
        yield* until(
          "as of the newest window",
          () => heard.findLast((h) => h.event === "reset")!.id === page.feed.position()
        )
        assert.isBelow(seqs(heard, "window").length - before, 5_000)
        const flooded = page.feed.history.lastSeq
        yield* until("windows are told again behind the flood", () => {
          appendRecord(server, later[0]!.record, t0)
          return heard.some((h) => h.event === "window" && h.data.seq! > flooded)
        })
        assert.strictEqual(page.feed.hub.cutOff, 0)
        assert.isFalse(state.ended)
      }).pipe(Effect.scoped)
  )

  it.live("cut off a viewer that does not read, and nobody else", () =>
    Effect.gen(function* () {
      const { page } = yield* stocked
      const { port } = new URL(page.url)
      const stuck = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const socket = connect(Number(port), "127.0.0.1")
          const state = { closed: false }
          socket.on("error", () => {})
          socket.on("close", () => {
            state.closed = true
          })
          socket.pause()
          socket.write("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
          return { socket, state }
        }),
        ({ socket }) => Effect.sync(() => socket.destroy())
      )
      const reader = yield* viewer(`${page.url}/api/v1/events`)
      yield* until("both are connected", () => page.feed.hub.viewers === 2)
      const event = new TextEncoder().encode(
        `event: window\ndata: ${JSON.stringify({ seq: 1, pad: "x".repeat(65_536) })}\n\n`
      )
      let sent = 0
      // What the kernel and the socket hold is unknown; the bound is the queue behind them.
      yield* until("the stuck one is cut off", async () => {
        for (let i = 0; i < 16 && sent < 5_000; i++, sent++) page.feed.hub.publish(event)
        await new Promise((resolve) => setImmediate(resolve))
        return page.feed.hub.cutOff >= 1
      })
      yield* until("only the reader is left", () => page.feed.hub.viewers === 1)
      yield* until("the reader has heard all", () => seqs(reader.heard, "window").length === sent)
      stuck.socket.resume()
      yield* until("its connection is closed", () => stuck.state.closed)
    }).pipe(Effect.scoped)
  )
})
