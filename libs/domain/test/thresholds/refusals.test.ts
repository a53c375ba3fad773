import { describe, expect, it } from "vitest"
import { unexplainedOf } from "../../src/thresholds/attack.ts"
import type { Row } from "../../src/thresholds/fit.ts"
import { blindTo } from "../../src/thresholds/refusals.ts"

const model = { rate: 0.05, spread: 0.01 }
const rows: ReadonlyArray<Row> = [{ requests: 20, panes: 1_040, errors: [1, 13], counts: [1_000, 40] }]
const evidence = [{ rows, unexplained: unexplainedOf(rows, model, 0.001) }]
const from = (errors: number) => ({ rate: 0.5, least_errors: [[20, errors]] as const })

describe("a seuil is refused", () => {
  it("when it would not see the attacks that its own fit found", () => {
    expect(blindTo(evidence, from(14))).toEqual({ _tag: "Blind", unseen: 40, attacks: 40 })
    expect(blindTo(evidence, from(13))).toBeUndefined()
  })

  it("not for single errors that it does not see, however rare they are", () => {
    const seldom: ReadonlyArray<Row> = [{ requests: 3, panes: 1_040, errors: [0, 1], counts: [1_039, 1] }]
    const unexplained = unexplainedOf(seldom, { rate: 0.0001, spread: 0.01 }, 0.001)
    expect(blindTo([{ rows: seldom, unexplained }], { rate: 0.5, least_errors: [[3, 2]] })).toBeUndefined()
  })
})
