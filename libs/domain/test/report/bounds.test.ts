import { describe, expect, it } from "vitest"
import { CountedKeys, hashOf, REQUESTS } from "../../src/report/counted-keys.ts"
import { COUNT, Course } from "../../src/report/course.ts"
import { Visitors } from "../../src/report/visitors.ts"
import { bytesOf, textOf } from "../support/lines.ts"

const count = (keys: CountedKeys, text: string) => {
  const bytes = bytesOf(text)
  const row = keys.rowOf(bytes, 0, bytes.length, hashOf(bytes, 0, bytes.length, 5))
  keys.numbers[row + REQUESTS]!++
}
const countsOf = (keys: CountedKeys) =>
  new Map(Array.from({ length: keys.count }, (_, i) => [textOf(keys.key(i)), keys.number(i, REQUESTS)]))

describe("keys that are counted over a whole log", () => {
  it("are exact up to the limit", () => {
    const keys = new CountedKeys({ keys: 1_000, bytes: 1_000_000 })
    for (let i = 0; i < 3_000; i++) count(keys, `/page/${i % 1_000}`)
    expect(keys.isExact).toBe(true)
    expect([keys.count, keys.distinct]).toEqual([1_000, 1_000])
    expect([...countsOf(keys).values()].every((n) => n === 3)).toBe(true)
  })

  it("stay bounded beyond it, keep what is frequent, and say by how much a count may be short", () => {
    const keys = new CountedKeys({ keys: 1_000, bytes: 1_000_000 })
    const truth = new Map<string, number>()
    for (let i = 0; i < 50_000; i++) {
      const key = i % 5 === 0 ? `/often/${i % 50}` : `/once/${i}`
      truth.set(key, (truth.get(key) ?? 0) + 1)
      count(keys, key)
      expect(keys.count).toBeLessThanOrEqual(1_000)
    }
    expect(keys.isExact).toBe(false)
    expect(keys.distinct).toBe(1_000)
    for (let i = 0; i < keys.count; i++) {
      const [text, counted] = [textOf(keys.key(i)), keys.number(i, REQUESTS)]
      expect(counted).toBeLessThanOrEqual(truth.get(text)!)
      expect(counted + keys.missed(i)).toBeGreaterThanOrEqual(truth.get(text)!)
    }
    for (let i = 0; i < 50; i += 5) expect(countsOf(keys).get(`/often/${i}`)).toBe(1_000)
  })

  it("are bounded by their bytes, too", () => {
    const keys = new CountedKeys({ keys: 100_000, bytes: 20_000 })
    for (let i = 0; i < 2_000; i++) count(keys, `/${"x".repeat(90)}${i}`)
    const bytes = [...countsOf(keys).keys()].reduce((sum, key) => sum + key.length, 0)
    expect(bytes).toBeLessThanOrEqual(20_000)
    expect(keys.count).toBeGreaterThan(0)
  })
})

describe("the course of a log", () => {
  it("gets coarser where it is long, and loses nothing", () => {
    const course = new Course()
    const minutes = 200_000
    for (let minute = 0; minute < minutes; minute++) {
      // Asking for the row may make the numbers anew.
      const row = course.rowOf(minute * 60_000)
      course.numbers[row + COUNT]!++
    }
    expect(course.slotMs).toBe(5 * 60_000)
    expect(course.slots().reduce((sum, { requests }) => sum + requests, 0)).toBe(minutes)
    expect(course.slots().length).toBe(minutes / 5)
  })

  it("does not grow by times that are nowhere near, beyond its limit", () => {
    const course = new Course()
    for (let i = 0; i < 70_000; i++) {
      const row = course.rowOf(i * 7 * 86_400_000)
      if (row >= 0) course.numbers[row + COUNT]!++
    }
    expect(course.slots().length).toBe(65_536)
    expect(course.outside).toBe(70_000 - 65_536)
  })
})

describe("visitors", () => {
  it("are counted once a day each", () => {
    const visitors = new Visitors()
    for (let round = 0; round < 3; round++) {
      for (let client = 0; client < 20_000; client++) visitors.see(client, client % 7, 100 + round)
      for (let client = 0; client < 20_000; client++) visitors.see(client, client % 7, 100 + round)
    }
    expect([...visitors.byDay]).toEqual([
      [100, 20_000],
      [101, 20_000],
      [102, 20_000]
    ])
    expect(visitors.count).toBe(20_000)
  })
})
