import { describe, expect, it } from "vitest"
import { batchOf, decidedWindowOf, Explainer, parseAlertId, thresholdsOf } from "../src/index.ts"
import { wholeLife } from "./support/life.ts"
import { Random } from "./support/random.ts"
import { randomWorld } from "./support/world.ts"

describe("explaining an alert", () => {
  it("finds exactly the lines that were counted, whatever came late, from the future, twice spelt or wrong", () => {
    let alerts = 0
    for (let seed = 0; seed < 80; seed++) {
      const random = new Random(seed)
      const options = { messages: 40, silences: true, promises: true, holes: true, changes: false }
      const settings = { maxAheadMs: random.pick([300_000, 500_000]), urlKey: random.pick(["path", "target"] as const) }
      const world = randomWorld(random, options)
      const whole = wholeLife({
        ...world,
        settings: { ...world.settings, ...settings },
        seuils: thresholdsOf({ global: 0, ip: 0, url: 0 }, 1)
      })
      const messages = batchOf(world.steps.flatMap((s) => (s.kind === "message" ? [s.message] : [])))
      for (const [i, { record, alerts: told }] of whole.life.decisions.entries()) {
        // as its window stood when it was raised; lines that came later are not of it
        const windows = whole.records.slice(0, i + 1).map((known) => decidedWindowOf(known.record))
        for (const alert of told) {
          const explainer = new Explainer(parseAlertId(alert.id)!, windows, record.rules)
          const lines: Array<{ seq: number; error: boolean }> = []
          explainer.read(messages, (line) => lines.push(line))
          const what = `seed ${seed}, ${alert.id}`
          expect(explainer.counts, what).toEqual({ total: alert.total_requests, errors: alert.errors })
          expect([lines.length, lines.filter((l) => l.error).length], what).toEqual([
            alert.total_requests,
            alert.errors
          ])
          expect({ first_seq: lines[0]!.seq, last_seq: lines[lines.length - 1]!.seq }, what).toEqual(alert.lines)
          alerts++
        }
      }
    }
    expect(alerts).toBeGreaterThan(300)
  })
})
