import { assert, describe, it } from "@effect/vitest"
import {
  encodeIncidentModel,
  firstModel,
  type IncidentModel,
  isModelDue,
  readIncidentModel,
  rfc3339
} from "../../src/index.ts"

const hourMs = 3_600_000
const startMs = Date.UTC(2026, 0, 5)

/** Learnt from so many hours that end so long after `startMs`. */
const learnt = (hours: number, endHours = hours, budget = 1): IncidentModel => ({
  ...firstModel(10_000, budget),
  learnt: {
    start: rfc3339(startMs + (endHours - hours) * hourMs),
    end: rfc3339(startMs + endHours * hourMs),
    windows: hours * 360
  }
})

describe("a model that is published", () => {
  it("is read again as it was, under its revision, and told from any other text", () => {
    const model = learnt(5)
    const read = readIncidentModel(encodeIncidentModel(model), 7, 10_000)
    if (!read.ok) return assert.fail(read.reason)
    assert.deepStrictEqual(read.value.model, model)
    assert.strictEqual(read.value.revision, 7)
    const other = readIncidentModel(encodeIncidentModel(learnt(6)), 7, 10_000)
    assert.isTrue(other.ok && other.value.digest !== read.value.digest)
  })

  it("is refused where its windows have another length, or it is none", () => {
    const text = encodeIncidentModel(learnt(5))
    for (const [bad, why] of [
      [text.replace('"window_ms":10000', '"window_ms":60000'), /windows of 60 s, not 10 s/],
      ["{", /not JSON/],
      ["{}", /schema/]
    ] as const) {
      const read = readIncidentModel(bad, 1, 10_000)
      if (read.ok) assert.fail("it was read")
      else assert.match(read.reason, why)
    }
  })

  it("keeps the keys with the most requests where all of them would be too long", () => {
    const url = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, i): [string, [number, number, number]] => [`/${i}`, [i + 5, 1, 0]])
    )
    const text = encodeIncidentModel({ ...learnt(5), keys: { network: {}, url, ip: {} } }, 8_000)
    assert.isAtMost(text.length, 8_000)
    const read = readIncidentModel(text, 1, 10_000)
    if (!read.ok) return assert.fail(read.reason)
    const kept = Object.keys(read.value.model.keys.url)
    assert.isAbove(kept.length, 50)
    assert.deepStrictEqual(
      kept,
      Array.from({ length: kept.length }, (_, i) => `/${999 - i}`)
    )
  })

  it("is due after 1, 3, 6, 12 and 24 hours, then once a day", () => {
    assert.isFalse(isModelDue(firstModel(10_000, 1), undefined))
    assert.isFalse(isModelDue(learnt(0.9), undefined))
    let standing: IncidentModel | undefined
    const due: Array<number> = []
    for (let hours = 1; hours <= 80; hours++) {
      const model = learnt(hours)
      if (!isModelDue(model, standing)) continue
      standing = model
      due.push(hours)
    }
    assert.deepStrictEqual(due, [1, 3, 6, 12, 24, 48, 72])
    // LOGS keeps a month: its beginning moves on, and the models go on by the day.
    assert.isFalse(isModelDue(learnt(720, 800), learnt(720, 790)))
    assert.isTrue(isModelDue(learnt(720, 814), learnt(720, 790)))
  })

  it("is due at once for another budget, and for another history", () => {
    assert.isTrue(isModelDue(learnt(5, 5, 2), learnt(5)))
    assert.isTrue(isModelDue(learnt(2), learnt(5)))
  })
})
