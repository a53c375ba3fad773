import { type Act, Acts, parseRfc3339 } from "@chaussettes/domain"
import { assert, describe, it } from "@effect/vitest"
import { mostOpen, Teller } from "../src/teller.ts"
import {
  acknowledgement,
  changed,
  closed,
  endOf,
  grew,
  type Happened,
  lift,
  maintenance,
  opened,
  silence,
  storedIn
} from "./support/events.ts"

type Step = readonly [n: number, ...what: ReadonlyArray<Happened | Act>]

const isAct = (what: Happened | Act): what is Act => "schema" in what

const tellerOf = (acts: Acts, least: "LOW" | "MEDIUM" | "HIGH" = "MEDIUM") =>
  new Teller(least, (event) => {
    const { acknowledged, silenced } = acts.ofIncident(event)
    return { acknowledged, isSilenced: silenced !== undefined }
  })

/** Plays windows, with what became of incidents and what people said behind them; answers what came out, as `window state name severity`. */
const play = (steps: ReadonlyArray<Step>, least?: "LOW" | "MEDIUM" | "HIGH") => {
  const acts = new Acts()
  const teller = tellerOf(acts, least)
  const said: Array<string> = []
  let seq = 0
  for (const [n, ...what] of steps) {
    const changes = what.flatMap((one) => {
      if (isAct(one)) {
        acts.add(one)
        return []
      }
      const change = teller.take(storedIn(++seq, n, one))
      return change === undefined ? [] : [change]
    })
    for (const { event, severity, state } of [...changes, ...teller.look(parseRfc3339(endOf(n))!)])
      said.push(`${n} ${state} ${event.cause.key?.slice(1) ?? "all"} ${severity}`)
  }
  return said
}

describe("a receiver", () => {
  it("is told of an incident once when it opens and once when it is over", () => {
    assert.deepStrictEqual(play([[0, opened("a")], [1], [2, closed("a")]]), ["0 opened a MEDIUM", "2 closed a MEDIUM"])
  })

  it("is told that it grew where it is more severe than it was told, and not of more of the same", () => {
    const steps: ReadonlyArray<Step> = [
      [0, opened("a")],
      [1, grew("a", { errors: 160 })],
      [2, grew("a", { severity: "HIGH" })],
      [3, grew("a", { severity: "HIGH", errors: 1_000 })],
      [4, closed("a", { severity: "HIGH" })]
    ]
    assert.deepStrictEqual(play(steps), ["0 opened a MEDIUM", "2 grew a HIGH", "4 closed a HIGH"])
  })

  it("is told of another cause, with the worst severity that it was told", () => {
    const steps: ReadonlyArray<Step> = [
      [0, opened("a")],
      [1, changed("a", { cause: { dimension: "global", key: null }, severity: "LOW" })],
      [2, changed("a", { cause: { dimension: "url", key: "/b" }, severity: "HIGH" })],
      [3, closed("a", { cause: { dimension: "url", key: "/b" } })]
    ]
    assert.deepStrictEqual(play(steps), [
      "0 opened a MEDIUM",
      "1 changed-cause all MEDIUM",
      "2 grew b HIGH",
      "3 closed b HIGH"
    ])
  })

  it("hears of what is less severe than it wants to when it becomes so, and then of all that follows", () => {
    const low = { severity: "LOW" } as const
    const steps: ReadonlyArray<Step> = [
      [0, opened("a", low), opened("scan", low)],
      [1, grew("a")],
      [2, closed("scan", low)],
      [3, changed("a", { ...low, cause: { key: "/b" } })],
      [4, closed("a", low)]
    ]
    assert.deepStrictEqual(play(steps), ["1 opened a MEDIUM", "3 changed-cause b MEDIUM", "4 closed a MEDIUM"])
    assert.deepStrictEqual(play(steps, "HIGH"), [])
    assert.deepStrictEqual(play(steps, "LOW").slice(0, 3), ["0 opened a LOW", "0 opened scan LOW", "1 grew a MEDIUM"])
  })

  it("does not hear in a silence, and hears once when it is over of what still goes on, as it stands then", () => {
    const steps: ReadonlyArray<Step> = [
      [0, silence("s", "a", 0, 5), silence("t", "b", 0, 5)],
      [1, opened("a"), opened("b"), opened("c")],
      [2, grew("a", { severity: "HIGH" }), closed("b")],
      [4],
      [5],
      [6],
      [7, closed("a", { severity: "HIGH" })]
    ]
    assert.deepStrictEqual(play(steps), ["1 opened c MEDIUM", "5 opened a HIGH", "7 closed a HIGH"])
  })

  it("hears of what still goes on as soon as the silence is lifted", () => {
    const steps: ReadonlyArray<Step> = [[0, silence("s", "a", 0, 90)], [1, opened("a")], [3, lift("l", "s", 3)], [4]]
    assert.deepStrictEqual(play(steps), ["3 opened a MEDIUM"])
  })

  it("hears the end, but nothing else, of an incident that it knew when the silence began; and what it missed", () => {
    const cause = { key: "/b" }
    const missed: ReadonlyArray<Step> = [
      [0, opened("a")],
      [1, maintenance("m", 1, 5)],
      [2, changed("a", { cause })],
      [3, changed("a", { cause })]
    ]
    assert.deepStrictEqual(play([...missed, [4, closed("a", { cause })]]), ["0 opened a MEDIUM", "4 closed b MEDIUM"])
    assert.deepStrictEqual(play([...missed, [5], [6]]), ["0 opened a MEDIUM", "5 changed-cause b MEDIUM"])
  })

  it("hears once who acknowledged an incident, and then of nothing but its end", () => {
    const steps: ReadonlyArray<Step> = [
      [0, opened("a")],
      [1, acknowledgement("x", "a")],
      [2, grew("a", { severity: "HIGH" })],
      [3, acknowledgement("x", "a")],
      [4, closed("a", { severity: "HIGH" })]
    ]
    assert.deepStrictEqual(play(steps), ["0 opened a MEDIUM", "1 acknowledged a MEDIUM", "4 closed a MEDIUM"])
  })

  it("hears what it missed when an acknowledgement is taken back", () => {
    const steps: ReadonlyArray<Step> = [
      [0, opened("a")],
      [1, acknowledgement("x", "a")],
      [2, grew("a", { severity: "HIGH" })],
      [3, lift("l", "x", 3)]
    ]
    assert.deepStrictEqual(play(steps).slice(2), ["3 grew a HIGH"])
  })

  it("is told who acknowledged with the beginning where that was before it was told", () => {
    const acts = new Acts([acknowledgement("x", "a")])
    const change = tellerOf(acts).take(storedIn(1, 0, opened("a")))
    assert.deepInclude(change, { state: "opened" })
    assert.strictEqual(change?.acknowledged?.by, "anna")
  })

  it("is not told twice of what comes again", () => {
    const teller = tellerOf(new Acts())
    teller.take(storedIn(1, 0, opened("a")))
    teller.take(storedIn(2, 1, closed("a")))
    assert.isUndefined(teller.take(storedIn(2, 1, closed("a"))))
    assert.deepStrictEqual(teller.look(Number.POSITIVE_INFINITY), [])
  })

  it("forgets the oldest of too many open incidents, and counts them", () => {
    const teller = tellerOf(new Acts())
    for (let i = 0; i <= mostOpen; i++) teller.take(storedIn(i + 1, 0, opened(`${i}`)))
    assert.strictEqual(teller.forgotten, 1)
    assert.strictEqual(teller.known().length, mostOpen)
    assert.isUndefined(teller.take(storedIn(9_999, 1, closed("0"))))
    assert.isDefined(teller.take(storedIn(9_999, 1, closed("1"))))
  })
})
