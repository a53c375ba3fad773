import { type Alert, incidentsOf, parseRfc3339 } from "@chaussettes/domain"
import { AlertsLog, WindowsLog } from "@chaussettes/jetstream"
import { chaussettes, type Program, until } from "@chaussettes/testing"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { notify } from "./support/command.ts"
import { type FakeReceiver, startReceiver } from "./support/receiver.ts"
import { startWorld, type World } from "./support/world.ts"

/* Behind the real detector: what is told is what ALERTS and WINDOWS make, however many alerts a window has. */

describe("behind the detector", () => {
  let world: World
  let receiver: FakeReceiver
  let one: Program | undefined

  beforeEach(async () => {
    world = await startWorld()
    receiver = await startReceiver()
  })
  afterEach(async () => {
    await one?.stop("SIGKILL")
    await receiver.close()
    await world.stop()
  })

  const follow = async (...args: ReadonlyArray<string>) => {
    one = notify(world.server.url, args)
    const seen = one.stderr
    await until("it to be at its work", () => seen().includes("Notifying"), { seen })
    return one
  }
  const command = async (args: ReadonlyArray<string>, input?: string) => {
    const env = { NATS_URL: world.server.url }
    const ran = await chaussettes(args, input === undefined ? { env } : { env, input })
    assert.strictEqual(ran.code, 0, ran.stderr)
  }

  it("a webhook is told of exactly the incidents that all alerts together make", { timeout: 90_000 }, async () => {
    const running = await follow("--webhook", receiver.url)
    await command([
      ...["generate", "--output", "nats", "--rate", "max", "--start", "2026-01-05T10:00:00Z", "--count", "24000"],
      ...["--per-second", "20", "--seed", "11", "--incident", "ip:192.168.1.200@+2m/5m,rate=0.9,requests=3/s"],
      ...["--incident", "outage@+10m/1m,rate=1"]
    ])
    await command(["detect", "--until-caught-up"])
    const stored = await world.run(
      Effect.gen(function* () {
        const [windows, log] = [yield* WindowsLog, yield* AlertsLog]
        const newest = JSON.parse((yield* windows.get(yield* windows.lastSeq))!.data)
        const alerts = yield* log.readFrom(1).pipe(Stream.runCollect)
        return { endMs: parseRfc3339(newest.end)!, alerts: alerts.map(({ data }) => JSON.parse(data) as Alert) }
      })
    )
    const incidents = incidentsOf(stored.alerts, stored.endMs)
    assert.isAbove(incidents.length, 20)
    const changes = () => receiver.taken.map(({ body }) => `${body.id} ${body.state}`)
    const expected = incidents.flatMap(({ id, open }) => [`${id} opened`, ...(open ? [] : [`${id} closed`])]).sort()
    const told = () =>
      changes()
        .filter((text) => !text.endsWith("escalated"))
        .sort()
    await until("all of them", () => told().length >= expected.length, {
      limitMs: 30_000,
      seen: running.stderr
    })
    assert.deepStrictEqual(told(), expected)
    for (const { id, open, alerts, errors, severity } of incidents) {
      if (open) continue
      const last = receiver.taken.find(({ body }) => body.id === id && body.state === "closed")!.body
      assert.deepInclude(last, { alerts, errors, severity })
    }
    assert.notMatch(running.stderr(), /waiting for the detector/)
  })

  it("Alertmanager is told of a thousand open incidents in a flood, in bounded requests", {
    timeout: 90_000
  }, async () => {
    const running = await follow("--alertmanager", receiver.url)
    const line = (client: string, second: number) =>
      `${client} - - [05/Jan/2026:10:00:${second} +0000] "GET /a HTTP/1.1" 500 1\n`
    // 1,500 addresses fail at once: the detector tells the worst thousand, and next time others may be the worst.
    const flood = (second: number) =>
      Array.from({ length: 1_500 * 6 }, (_, i) => line(`10.1.${(i % 1_500) >> 8}.${(i % 1_500) & 255}`, second)).join(
        ""
      )
    const quiet = [30, 40, 50].map((second) => line("10.9.9.9", second).replace(" 500 ", " 200 ")).join("")
    await command(["replay", "-", "--source", "web"], `${flood(10)}${flood(20)}${quiet}`)
    await command(["detect", "--until-caught-up"])
    const alerts = () =>
      receiver.taken.flatMap(({ body }) => body as ReadonlyArray<{ endsAt: string; labels: Record<string, string> }>)
    const isFiring = ({ endsAt }: { endsAt: string }) => Date.parse(endsAt) > Date.now()
    const distinct = (some: ReadonlyArray<{ labels: Record<string, string> }>) =>
      new Set(some.map(({ labels }) => JSON.stringify(labels))).size
    await until("the flood to be over", () => distinct(alerts().filter((alert) => !isFiring(alert))) >= 1_000, {
      seen: () => `${distinct(alerts())}\n${running.stderr()}`
    })
    assert.strictEqual(distinct(alerts().filter(isFiring)), 1_000)
    assert.isAtMost(Math.max(...receiver.taken.map(({ body }) => body.length)), 100)
  })
})
