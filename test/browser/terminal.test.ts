import { chaussettes, startChaussettes, until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { chaussettesDone, type Stack, startStack } from "./stack.ts"
import { inWindow, openStreams, type Streams } from "./streams.ts"

describe("status, alerts and explain, over the real parts", { timeout: 60_000 }, () => {
  let stack: Stack
  let streams: Streams

  beforeAll(async () => {
    stack = await startStack()
    streams = await openStreams(stack.server.url)
    await chaussettesDone(
      [
        ...["generate", "--rate", "max", "--start", "2026-01-05T03:00:00Z", "--count", "12000", "--per-second", "40"],
        ...["--seed", "5", "--error-rate", "4", "--output", "nats"],
        ...["--incident", "ip:192.168.1.200@+1m/1m,rate=0.8,requests=5/s", "--incident", "outage@+4m/30s"]
      ],
      stack.env
    )
    await until("the outage has alerted", () =>
      streams.seen.some((s) => s.alert.severity === "HIGH" && s.alert.ip === undefined)
    )
    await until("all alerts are here", async () => {
      const before = streams.seen.length
      const records = await streams.records()
      const told = records.reduce((n, r) => n + r.breaches.global + r.breaches.ip + r.breaches.url - r.suppressed, 0)
      return told === before
    })
  }, 90_000)

  afterAll(async () => {
    await streams?.close()
    await stack?.stop()
  }, 60_000)

  const failing = async (args: ReadonlyArray<string>, env = stack.env) => {
    const { code, output } = await chaussettes(args, { env })
    return { code, said: output.trim() }
  }

  it("status says the same as the page", async () => {
    const printed = JSON.parse(await chaussettesDone(["status", "--json"], stack.env)) as Record<string, unknown>
    const page = (await fetch(`${stack.url}/api/v1/status`).then((r) => r.json())) as Record<string, unknown>
    for (const same of ["newest", "seuils", "lastHour", "incidents", "logs", "lagMessages"]) {
      assert.deepStrictEqual(printed[same], page[same], same)
    }
    const screen = await chaussettesDone(["status"], stack.env)
    assert.match(screen, /^Waiting – No lines since 2026-01-05/)
  })

  it("alerts prints the newest ones in their order, filtered, as ALERTS holds them", async () => {
    const lines = (await chaussettesDone(["alerts", "--dimension", "ip", "--last", "5", "--json"], stack.env)).trim()
    const expected = streams.seen.filter((s) => s.alert.ip !== undefined).map((s) => s.alert)
    assert.deepStrictEqual(
      lines.split("\n").map((line) => JSON.parse(line)),
      expected.slice(-5)
    )
    const text = await chaussettesDone(["alerts", "--key", "192.168.1.200", "--last", "3"], stack.env)
    assert.strictEqual(text.trim().split("\n").length, 3)
  })

  it("explain prints the alert's very lines from LOGS, and marks the errors", async () => {
    const { alert } = streams.seen.find((s) => s.alert.ip === "192.168.1.200")!
    const { first_seq, last_seq } = alert.lines as { first_seq: number; last_seq: number }
    const expected = (await streams.lines(first_seq, last_seq)).filter(
      (line) => line.startsWith("192.168.1.200 ") && inWindow(alert, line)
    )
    const json = await chaussettesDone(["explain", alert.id, "--json"], stack.env)
    const printed = json
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.deepStrictEqual(
      printed.slice(0, -1).map((line) => line.text),
      expected
    )
    const { statuses, ...counts } = printed.at(-1)!.lines as {
      readonly statuses: { readonly [status: string]: number }
    }
    assert.deepStrictEqual(counts, {
      found: "all",
      total: alert.total_requests,
      errors: alert.errors,
      later: { total: 0, errors: 0 }
    })
    const bad = Object.entries(statuses).filter(([status]) => Number(status) >= 400)
    assert.strictEqual(
      bad.reduce((sum, [, lines]) => sum + lines, 0),
      alert.errors
    )
    const errors = await chaussettesDone(["explain", alert.id, "--errors-only"], stack.env)
    assert.strictEqual(errors.split("\n").filter((line) => line.startsWith("! ")).length, alert.errors)
  })

  it("end with one sentence that says what to do, and the code for what went wrong", async () => {
    const nonsense = await failing(["explain", "nonsense"])
    assert.strictEqual(nonsense.code, 2)
    assert.match(nonsense.said, /^"nonsense" is not the id of an alert, .*see chaussettes alerts\.$/)
    const missing = await failing(["explain", "global.20300101T000000Z-2s"])
    assert.strictEqual(missing.code, 1)
    assert.match(missing.said, /^There is no alert global\.20300101T000000Z-2s in ALERTS/)
    for (const args of [["status"], ["alerts"], ["explain", "global.20300101T000000Z-2s"]]) {
      const away = await failing(args, { ...stack.env, NATS_URL: "nats://127.0.0.1:1" })
      assert.strictEqual(away.code, 1, args[0])
      assert.strictEqual(away.said.split("\n").length, 1, away.said)
    }
  })

  it("status --watch and alerts --follow outlive a server that goes away, and say so", async () => {
    const watch = startChaussettes(["status", "--watch"], { env: stack.env })
    const follow = startChaussettes(["alerts", "--follow", "--last", "1", "--json"], { env: stack.env })
    try {
      await until("both have begun", () => watch.output().includes("No lines since") && follow.output().includes("{"))
      await stack.server.kill()
      await until("it is said", () => /Wrong – The NATS server has not answered since 20/.test(watch.output()))
      await stack.server.restart()
      await until(
        "it heals",
        () => watch.output().lastIndexOf("No lines since") > watch.output().lastIndexOf("has not answered")
      )
      const seen = streams.seen.length
      await chaussettesDone(
        [
          ...[
            "generate",
            "--rate",
            "max",
            "--count",
            "2000",
            "--per-second",
            "40",
            "--output",
            "nats",
            "--source",
            "later"
          ],
          ...["--start", new Date(Date.now() - 60_000).toISOString(), "--error-rate", "60"]
        ],
        stack.env
      )
      await until("new alerts are raised", () => streams.seen.length > seen)
      await until("and followed", () => follow.output().includes(streams.seen[seen]!.alert.id))
    } finally {
      await Promise.all([watch.stop(), follow.stop()])
    }
  })

  it("the page refuses to be shown to everybody", async () => {
    const open = await failing(["dashboard", "--host", "0.0.0.0", "--port", "0"])
    assert.strictEqual(open.code, 2)
    assert.match(open.said, /^Refusing to show raw log lines to every client .*--access-token.*--behind-proxy/)
  })
})
