import type { IncidentEvent } from "@chaussettes/domain"
import { IncidentsLog } from "@chaussettes/jetstream"
import { chaussettes, type Program, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { notify } from "./support/command.ts"
import { type FakeReceiver, startReceiver } from "./support/receiver.ts"
import { startWorld, type World } from "./support/world.ts"

/* Behind the real detector: one fault is one post, and its end. */

describe("behind the detector", () => {
  let world: World
  let receiver: FakeReceiver
  let one: Program | undefined

  beforeAll(async () => {
    world = await startWorld()
    receiver = await startReceiver()
  })
  afterAll(async () => {
    await one?.stop("SIGKILL")
    await receiver.close()
    await world.stop()
  })

  const command = async (args: ReadonlyArray<string>, input: string) => {
    const ran = await chaussettes(args, { env: { NATS_URL: world.server.url }, input })
    assert.strictEqual(ran.code, 0, ran.stderr)
  }

  it("one URL that breaks on a small site is one post, whatever clients it hits, and its end", {
    timeout: 90_000
  }, async () => {
    one = notify(world.server.url, ["--webhook", receiver.url])
    const seen = one.stderr
    await until("it to be at its work", () => seen().includes("Notifying"), { seen })
    const startMs = Date.UTC(2026, 0, 5, 10)
    const at = (second: number) => new Date(startMs + second * 1_000).toISOString().slice(11, 19)
    // Twenty clients, three requests a second, one in five to /broken, which fails from the 20th minute to the 30th.
    const lines = Array.from({ length: 3 * 3_600 }, (_, i) => {
      const second = Math.floor(i / 3)
      const url = i % 5 === 0 ? "/broken" : `/page/${i % 7}`
      const status = url === "/broken" && second >= 1_200 && second < 1_800 ? 500 : 200
      return `192.0.2.${(i * 7 + second) % 20} - - [05/Jan/2026:${at(second)} +0000] "GET ${url} HTTP/1.1" ${status} 1\n`
    })
    await command(["replay", "-", "--source", "web"], lines.join(""))
    await command(["detect", "--until-caught-up"], "")
    const events = await world.run(
      Effect.flatMap(IncidentsLog, (log) =>
        Effect.map(Stream.runCollect(log.readFrom(1)), (entries) =>
          entries.map(({ data }) => JSON.parse(data) as IncidentEvent)
        )
      )
    )
    const states = () => receiver.taken.map(({ body }) => `${body.url} ${body.state}`)
    await until("its end", () => states().at(-1)?.endsWith("closed"), {
      limitMs: 30_000,
      seen: () => `${states()}${seen()}`
    })
    assert.deepStrictEqual(states(), ["/broken opened", "/broken grew", "/broken closed"])
    assert.deepStrictEqual(
      receiver.taken.map(({ body }) => body.severity),
      ["MEDIUM", "HIGH", "HIGH"]
    )
    assert.strictEqual(receiver.taken[0]!.body.id, events.find(({ type }) => type === "opened")!.id)
    assert.strictEqual(receiver.taken.at(-1)!.body.closed_why, events.at(-1)!.closed_why)
  })
})
