import { alertOf } from "@chaussettes/domain"
import { painter } from "@chaussettes/presentation/terminal"
import { assert, describe, it } from "vitest"
import { windowAlertsLine } from "../src/start/follow-alerts.ts"

const alert = (dimension: "global" | "ip" | "url", key: string | undefined, total: number) =>
  alertOf({
    dimension,
    ...(key === undefined ? {} : { key: new TextEncoder().encode(key) }),
    startMs: Date.UTC(2026, 10, 24, 10),
    windowMs: 10_000,
    total,
    errors: total,
    threshold: 0.5,
    revision: 3,
    lines: { first_seq: 1, last_seq: 9 },
    language: "en"
  })
const line = (...alerts: ReadonlyArray<ReturnType<typeof alert>>) => windowAlertsLine(alerts, painter(false))

describe("the alerts of a window, as start prints them", () => {
  it("are the alert itself where there is one", () => {
    assert.match(line(alert("url", "/a", 3)), /^2026-11-24 10:00:00 {2}HIGH {4}URL \/a: 3 of 3 .* url\.[\w.-]+$/)
  })
  it("are one line however many there are: the one with most requests, and the number of the others", () => {
    const text = line(
      alert("url", "/a", 3),
      alert("ip", "10.0.0.1", 20),
      alert("global", undefined, 70),
      alert("url", "/b", 3)
    )
    assert.match(text, /^2026-11-24 10:00:00 {2}HIGH {4}All traffic: 70 of 70 .* {2}and 1 by IP, 2 by URL$/)
    assert.notInclude(text, "\n")
  })
})
