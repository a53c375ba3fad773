import { describe, expect, it } from "vitest"
import { type Course, rateColumns, sumOf } from "../web/src/course.ts"
import { csvOf, jsonOf } from "../web/src/csv.ts"

const courseAt = (startMs: ReadonlyArray<number>, errors: number): Course => ({
  bucketMs: 10_000,
  startMs,
  total: startMs.map(() => 100),
  errors: startMs.map(() => errors),
  clientErrors: startMs.map(() => 1),
  serverErrors: startMs.map(() => errors - 1)
})

describe("rateColumns", () => {
  it("puts an earlier stretch where it would be now, and breaks the lines where none has a bucket", () => {
    const day = 86_400_000
    const { x, rates } = rateColumns(
      [
        { course: courseAt([day, day + 10_000, day + 50_000], 20), byMs: 0 },
        { course: courseAt([10_000], 10), byMs: day },
        { course: undefined, byMs: 7 * day }
      ],
      "errors"
    )
    expect(x.map((s) => s * 1_000 - day)).toEqual([5_000, 15_000, 25_000, 55_000])
    expect(rates).toEqual([
      [0.2, 0.2, null, 0.2],
      [null, 0.1, null, null],
      [null, null, null, null]
    ])
  })

  it("tells the errors of one class", () => {
    expect(rateColumns([{ course: courseAt([0], 20), byMs: 0 }], "5xx").rates).toEqual([[0.19]])
    expect(sumOf(courseAt([0, 10_000], 20), "4xx")).toEqual({ total: 200, errors: 2 })
  })
})

describe("what is saved", () => {
  it.each(["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", " =cmd|' /C calc'!A0", "\u0001=1", "|x", "%x"])(
    "is no formula to a spreadsheet: %j",
    (text) => {
      expect(csvOf(["key"], [[text]]).split("\r\n")[1]).toBe(`"'${text}"`)
    }
  )

  it("keeps numbers, quotes and what separates fields", () => {
    expect(csvOf(["key", "n"], [['/a?b="c",d', -3] as const, ["/plain", null] as const])).toBe(
      'key,n\r\n"/a?b=""c"",d",-3\r\n/plain,\r\n'
    )
  })

  it("is for programs just what it was", () => {
    expect(JSON.parse(jsonOf(["key", "n"], [["=1+1\u202e", 2]]))).toEqual([{ key: "=1+1\u202e", n: 2 }])
  })
})
