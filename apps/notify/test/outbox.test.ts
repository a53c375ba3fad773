import { assert, describe, it } from "@effect/vitest"
import { batchKey, type Counts, countsOf, mostKept } from "../src/batch.ts"
import type { Change } from "../src/change.ts"
import { parseLimit } from "../src/flags.ts"
import { atOnce, gatherMs, Outbox, type Policy } from "../src/outbox.ts"
import { changeIn } from "./support/events.ts"

const opened = (name: string, severity: Change["severity"] = "MEDIUM"): Change => changeIn("opened", { name, severity })

interface State {
  readonly sent: ReadonlyArray<number>
  readonly waiting?: { readonly sinceMs: number; readonly changes: ReadonlyArray<Change>; readonly counts: Counts }
}
const fresh: State = { sent: [] }
const counted = (changes: ReadonlyArray<Change>) => ({
  changes,
  counts: countsOf((state) => (state === "opened" ? changes.length : 0))
})
const minuteMs = 60_000
const digest: Policy = { digestMs: 5 * minuteMs, limit: undefined }
const limit = (most: number, spanMs: number): Policy => ({ digestMs: 0, limit: { most, spanMs } })

/** Plays changes at minutes; answers when messages went out and with how many changes, looking every second. */
const play = (policy: Policy, atMinutes: ReadonlyArray<number>, untilMinutes: number, state = fresh) => {
  const outbox = new Outbox(policy, state, 0)
  const said: Array<readonly [minute: number, changes: number, heldFor: string | undefined]> = []
  for (let nowMs = 0; nowMs <= untilMinutes * minuteMs; nowMs += 1_000) {
    for (const minute of atMinutes) if (minute * minuteMs === nowMs) outbox.take([opened(`${minute}`)], nowMs)
    if (!outbox.waits) continue
    // What comes within moments is gathered; nobody calls that held back.
    if (outbox.waitMs(nowMs) > gatherMs) continue
    const batch = outbox.batch()
    said.push([nowMs / minuteMs, batch.changes.length, batch.heldFor])
    outbox.told(nowMs)
  }
  return said
}

describe("the outbox", () => {
  it("holds nothing back where nobody asked for it", () => {
    assert.deepStrictEqual(play(atOnce, [0, 1, 2], 5), [
      [0, 1, undefined],
      [1, 1, undefined],
      [2, 1, undefined]
    ])
  })

  it("tells a digest when its time has passed since the first change, and begins another with the next", () => {
    assert.deepStrictEqual(play(digest, [0, 1, 4, 7], 20), [
      [5, 3, "digest"],
      [12, 1, "digest"]
    ])
  })

  it("lets no more messages through than the limit within any span, and tells the rest as one when there is room", () => {
    assert.deepStrictEqual(play(limit(2, 60 * minuteMs), [0, 1, 2, 3, 30, 59, 62, 63], 130), [
      [0, 1, undefined],
      [1, 1, undefined],
      // The first one is an hour old, then the second: a bucket of tokens would have let the third through at 30.
      [60, 4, "limit"],
      [62, 1, undefined],
      [120, 1, "limit"]
    ])
  })

  it("holds a digest back for as long as the limit says", () => {
    const policy = { digestMs: 5 * minuteMs, limit: { most: 1, spanMs: 60 * minuteMs } }
    assert.deepStrictEqual(play(policy, [0, 10, 20], 80), [
      [5, 1, "digest"],
      [65, 2, "limit"]
    ])
  })

  it("remembers over a restart what was sent and since when changes wait, and first reads what is there", () => {
    const sent = [-40 * minuteMs, -20 * minuteMs]
    assert.deepStrictEqual(play(limit(2, 60 * minuteMs), [0], 60, { sent }), [[20, 1, "limit"]])
    const overdue = { sent: [], waiting: { sinceMs: -10 * minuteMs, ...counted([opened("before")]) } }
    assert.deepStrictEqual(play(digest, [0], 10, overdue), [[2 / 60, 2, "digest"]])
  })

  it("is not silenced by a clock that was set back: what was sent in the future was sent now", () => {
    const sent = [1_000 * minuteMs, 2_000 * minuteMs]
    assert.deepStrictEqual(play(limit(2, minuteMs), [0], 10, { sent }), [[1, 1, "limit"]])
    const outbox = new Outbox(limit(1, minuteMs), fresh, 0)
    outbox.told(1_000 * minuteMs)
    assert.strictEqual(outbox.waitMs(0), minuteMs)
  })

  it("counts all changes of a day-long digest and keeps the worst, in order and bounded", () => {
    const outbox = new Outbox(digest, fresh, 0)
    for (let i = 0; i < 10_000; i++) outbox.take([opened(`${i}`, i === 17 || i === 9_000 ? "HIGH" : "MEDIUM")], i)
    const batch = outbox.batch()
    assert.strictEqual(batch.counts.opened, 10_000)
    assert.strictEqual(outbox.changes, 10_000)
    assert.strictEqual(batch.changes.length, mostKept)
    const high = batch.changes.filter(({ severity }) => severity === "HIGH").map(({ event }) => event.cause.key)
    assert.deepStrictEqual(high, ["/17", "/9000"])
    assert.match(batchKey(batch), /^digest\.[0-9a-f]{16}$/)
  })
})

describe("--at-most", () => {
  it.each([
    ["10/h", 10, 3_600_000],
    ["3/10m", 3, 600_000],
    ["100/d", 100, 86_400_000],
    ["1/1h30m", 1, 5_400_000]
  ])("takes %s", (text, most, spanMs) => {
    assert.deepStrictEqual(parseLimit(text), { most, spanMs })
  })

  it.each(["0/h", "101/h", "10", "10/", "10/w", "-1/h", "10/48h", "1/1ms"])("refuses %s", (text) => {
    assert.isUndefined(parseLimit(text))
  })
})
