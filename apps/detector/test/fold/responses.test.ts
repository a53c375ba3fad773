import type { WindowRecord } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { responseClasses, responsesOf } from "../../src/fold/responses.ts"

const decided = (statuses: ReadonlyArray<number>, some: Partial<WindowRecord> = {}, recordSeq?: number) => ({
  record: { statuses, ...some } as WindowRecord,
  recordSeq
})
const byClass = (...decisions: ReadonlyArray<ReturnType<typeof decided>>) => {
  const counts = responsesOf(decisions)
  return Object.fromEntries(responseClasses.map((name, i) => [name, counts[i]]))
}
const none = { "1xx": 0, "2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0, other: 0 }

describe("responses by class", () => {
  it("sum the statuses of the windows that are decided", () => {
    expect(byClass(decided([0, 2, 101, 1, 200, 7, 404, 3]), decided([200, 3, 304, 5, 502, 4, 700, 1]))).toEqual({
      "1xx": 1,
      "2xx": 10,
      "3xx": 5,
      "4xx": 3,
      "5xx": 4,
      other: 3
    })
  })

  it("count no window twice: neither one that stands in WINDOWS already nor a revision", () => {
    const revision = { number: 1, added: { total: 1, errors: 0, first_seq: 1, last_seq: 1 }, raised: 0 }
    expect(byClass(decided([200, 7], {}, 12), decided([200, 8], { revision } as Partial<WindowRecord>))).toEqual(none)
    expect(byClass()).toEqual(none)
  })
})
