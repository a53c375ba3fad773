import { type Dimension, judge } from "@chaussettes/domain"
import { until } from "@chaussettes/testing"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { WhatIfResponse } from "../../apps/dashboard/src/api/index.ts"
import { chaussettesDone, type Stack, startStack } from "./stack.ts"
import { openStreams, type Streams } from "./streams.ts"

const windowFlags = ["--window", "2s", "--allowed-lateness", "500ms"]
const tried = { global: 0.15, ip: 0.45, url: 0.6 } as const

/** What `thresholds what-if --json` says, of what is compared. */
interface Printed {
  readonly panes: { readonly [dimension in Dimension]: number }
  readonly alerts: { readonly [dimension in Dimension]: { readonly in_force: number; readonly tried: number } }
}

describe("what if, on the page and on the command line", { timeout: 90_000 }, () => {
  let stack: Stack
  let streams: Streams

  beforeAll(async () => {
    stack = await startStack()
    streams = await openStreams(stack.server.url)
    await chaussettesDone(
      [
        ...["generate", "--rate", "max", "--start", "2026-01-05T03:00:00Z", "--count", "60000", "--per-second", "60"],
        ...["--seed", "21", "--error-rate", "6", "--output", "nats", "--malformed", "0.2"],
        ...["--incident", "ip:192.168.1.200@+3m/2m,rate=0.7,requests=5/s", "--incident", "outage@+10m/1m"]
      ],
      stack.env
    )
    // The generator's last word decides all that is open.
    await until("all is decided", async () => {
      const { logs } = (await fetch(`${stack.url}/api/v1/status`).then((r) => r.json())) as {
        logs: { lastSeq: number } | null
      }
      const newest = (await streams.records()).at(-1)
      return newest !== undefined && logs !== null && newest.through_seq === logs.lastSeq
    })
  }, 90_000)

  afterAll(async () => {
    await streams?.close()
    await stack?.stop()
  }, 60_000)

  it("give the same counts for the same span, for thresholds tried and in force", async () => {
    await until("the page knows all windows", async () => {
      const status = (await fetch(`${stack.url}/api/v1/status`).then((r) => r.json())) as {
        newest: { endMs: number } | null
      }
      return status.newest?.endMs === Date.parse((await streams.records()).at(-1)!.end)
    })
    const span = `from=${Date.parse("2026-01-01T00:00:00Z")}&to=${Date.parse("2026-02-01T00:00:00Z")}`
    const answer = (await fetch(`${stack.url}/api/v1/what-if?${span}&count=lines`).then((r) =>
      r.json()
    )) as WhatIfResponse
    assert.strictEqual(answer.missing, 0)
    const flags = Object.entries(tried).flatMap(([dimension, rate]) => [`--${dimension}`, `${rate}`])
    const printed = JSON.parse(
      await chaussettesDone(["thresholds", "what-if", ...windowFlags, "--json", ...flags], stack.env)
    ) as Printed
    for (const dimension of ["global", "ip", "url"] as const) {
      const panes = answer[dimension]!
      const alerts = panes.counts
        .filter(([requests, errors]) => judge(tried[dimension], panes.least, requests, errors) === "breach")
        .reduce((sum, [, , count]) => sum + count, 0)
      assert.isAbove(alerts, 0, dimension)
      assert.strictEqual(alerts, printed.alerts[dimension].tried, dimension)
      assert.strictEqual(panes.inForce, printed.alerts[dimension].in_force, dimension)
      assert.strictEqual(panes.eligible, printed.panes[dimension], dimension)
    }
  })
})
