import { parseRfc3339 } from "@chaussettes/domain"
import type { StoredAlert } from "@chaussettes/jetstream"
import { assert, describe, it } from "@effect/vitest"
import { Tracker } from "../src/tracker.ts"
import { alertIn, endOf, type Failing } from "./support/world.ts"

/** Plays windows with who failed in them; answers what came out, as `state key` (severity, alerts). */
const play = (tracker: Tracker, windows: ReadonlyArray<readonly [n: number, ...failing: ReadonlyArray<Failing>]>) => {
  const said: Array<string> = []
  for (const [n, ...failing] of windows) {
    const changes = tracker.window(parseRfc3339(endOf(n))!, alertsOf(n, failing))
    for (const { state, incident } of changes)
      said.push(`${n} ${state} ${incident.key ?? "all"} ${incident.severity} ${incident.alerts}`)
  }
  return said
}

let seq = 0
const alertsOf = (n: number, failing: ReadonlyArray<Failing>): ReadonlyArray<StoredAlert> =>
  failing.map((one) => ({ seq: ++seq, alert: alertIn(n, one) }))

const ip = (key: string, errors = 40): Failing => ["ip", key, errors]

const fresh = (mostTold = 10) => {
  seq = 0
  const tracker = new Tracker({ quiet: 3, mostTold })
  tracker.settle(Number.NEGATIVE_INFINITY, undefined)
  return tracker
}

describe("the tracker", () => {
  it("tells the beginning with the first alert and the end when three windows were quiet", () => {
    assert.deepStrictEqual(play(fresh(), [[0], [1, ip("a")], [2, ip("a")], [3], [4], [5], [6]]), [
      "1 opened a MEDIUM 1",
      "5 closed a MEDIUM 2"
    ])
  })

  it("counts windows by time: an hour without a line is quiet, too", () => {
    assert.deepStrictEqual(
      play(fresh(), [
        [0, ip("a")],
        [360, ip("a")]
      ]),
      ["0 opened a MEDIUM 1", "360 closed a MEDIUM 1", "360 opened a MEDIUM 1"]
    )
  })

  it("tells once that an incident has risen", () => {
    assert.deepStrictEqual(play(fresh(), [[0, ip("a")], [1, ip("a", 90)], [2, ip("a", 90)], [3], [4], [5]]), [
      "0 opened a MEDIUM 1",
      "1 escalated a HIGH 2",
      "5 closed a HIGH 3"
    ])
  })

  it("keeps keys and dimensions apart", () => {
    assert.deepStrictEqual(play(fresh(), [[0, ["global", "", 20], ip("a"), ["url", "/a", 60]], [1], [2], [3]]), [
      "0 opened all MEDIUM 1",
      "0 opened a MEDIUM 1",
      "0 opened /a MEDIUM 1",
      "3 closed all MEDIUM 1",
      "3 closed a MEDIUM 1",
      "3 closed /a MEDIUM 1"
    ])
  })

  it("tells nothing of incidents beyond the limit, neither their beginning nor their end, and counts them", () => {
    const tracker = fresh(1)
    assert.deepStrictEqual(play(tracker, [[0, ip("a"), ip("b", 90)], [1, ip("b", 90)], [2], [3], [4, ip("c")], [5]]), [
      "0 opened a MEDIUM 1",
      "3 closed a MEDIUM 1",
      "4 opened c MEDIUM 1"
    ])
    assert.strictEqual(tracker.untold, 1)
  })

  const story: ReadonlyArray<readonly [number, ...ReadonlyArray<Failing>]> = [
    [0, ip("long")],
    [1, ip("long"), ip("short")],
    [2, ip("long")],
    [3, ip("long", 90), ip("other")],
    [4, ip("long")],
    [5, ["global", "", 50], ip("short")],
    [6, ip("long")],
    [7],
    [8],
    [9, ip("late")],
    [10],
    [11],
    [12]
  ]

  it.each(story.map(([n]) => n))("goes on after window %i as if it had never stopped", (stop) => {
    const whole = fresh()
    const expected = play(whole, story)
    // What stands in ALERTS, and what the position says.
    seq = 0
    const stored = story.flatMap(([n, ...failing]) => alertsOf(n, failing).map((at) => ({ n, ...at })))
    const first = fresh()
    const before = play(first, story.slice(0, stop + 1))
    const handled = stored.filter(({ n }) => n <= stop)
    const resumeSeq = first.resumeSeq((handled.at(-1)?.seq ?? 0) + 1)
    const told = new Set(first.told().map(({ id }) => id))

    const second = new Tracker({ quiet: 3, mostTold: 10 })
    second.remember(handled.filter((at) => at.seq >= resumeSeq))
    assert.deepStrictEqual(second.settle(parseRfc3339(endOf(stop))!, told), [])
    assert.deepStrictEqual(second.told(), first.told())
    seq = handled.length
    assert.deepStrictEqual([...before, ...play(second, story.slice(stop + 1))], expected)
  })

  it("begins with what is open for a receiver that knows nothing", () => {
    const tracker = new Tracker({ quiet: 3, mostTold: 10 })
    seq = 0
    tracker.remember([...alertsOf(0, [ip("over")]), ...alertsOf(5, [ip("on")])])
    const changes = tracker.settle(parseRfc3339(endOf(6))!, undefined)
    assert.deepStrictEqual(
      changes.map(({ state, incident }) => [state, incident.key]),
      [["opened", "on"]]
    )
  })
})
