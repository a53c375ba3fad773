import { describe, expect, it } from "vitest"
import {
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  parseRfc3339,
  parseWindowName,
  rfc3339,
  windowName,
  windowStartOf
} from "../src/index.ts"
import { LineTime } from "../src/line/time.ts"
import { bytesOf } from "./support/lines.ts"
import { Random } from "./support/random.ts"

const dayMs = 86_400_000
const instants = (seed: number, count: number): ReadonlyArray<number> => {
  const random = new Random(seed)
  const [from, to] = [Date.UTC(1900, 0, 1), Date.UTC(2999, 11, 31)]
  return Array.from({ length: count }, (_, i) => {
    const ms = Math.floor(from + random.next() * (to - from))
    return i % 2 === 0 ? ms : Math.floor(ms / 1000) * 1000
  })
}

describe("dates", () => {
  it("are those of the calendar, for every day of eleven centuries and back", () => {
    for (let day = Math.floor(Date.UTC(1900, 0, 1) / dayMs); day < Date.UTC(3000, 0, 1) / dayMs; day++) {
      const t = new Date(day * dayMs)
      const date = { year: t.getUTCFullYear(), month: t.getUTCMonth() + 1, day: t.getUTCDate() }
      const found = civilFromDays(day)
      if (found.year !== date.year || found.month !== date.month || found.day !== date.day) expect(found).toEqual(date)
      if (daysFromCivil(date.year, date.month, date.day) !== day) expect(date).toBe(day)
    }
  })

  it("know the length of every month", () => {
    for (let year = 1970; year <= 2400; year++) {
      for (let month = 1; month <= 12; month++) {
        expect(daysInMonth(year, month), `${year}-${month}`).toBe(new Date(Date.UTC(year, month, 0)).getUTCDate())
      }
    }
  })
})

describe("RFC 3339", () => {
  it("is written as Date writes it, with milliseconds only where there are any", () => {
    for (const ms of instants(1, 50_000)) {
      if (rfc3339(ms) !== new Date(ms).toISOString().replace(".000Z", "Z")) {
        expect(rfc3339(ms)).toBe(new Date(ms).toISOString().replace(".000Z", "Z"))
      }
    }
  })

  it("is read back to the same instant", () => {
    for (const ms of instants(2, 50_000))
      if (parseRfc3339(rfc3339(ms)) !== ms) expect(parseRfc3339(rfc3339(ms))).toBe(ms)
    for (let ms = 0; ms < 1_000; ms++) expect(parseRfc3339(rfc3339(ms))).toBe(ms)
  })

  it("is read as Date reads it, with any zone and fraction", () => {
    const random = new Random(3)
    for (const ms of instants(4, 20_000)) {
      const zone = `${random.pick(["+", "-"])}${`${random.int(0, 23)}`.padStart(2, "0")}:${`${random.int(0, 59)}`.padStart(2, "0")}`
      const text = `${new Date(ms).toISOString().slice(0, 23)}${zone}`
      if (parseRfc3339(text) !== Date.parse(text)) expect(parseRfc3339(text), text).toBe(Date.parse(text))
    }
    expect(parseRfc3339("2015-05-17T10:05:03.123456789Z")).toBe(Date.UTC(2015, 4, 17, 10, 5, 3, 123))
    expect(parseRfc3339("2015-05-17t10:05:03z")).toBe(Date.UTC(2015, 4, 17, 10, 5, 3))
    expect(parseRfc3339("2024-02-29T00:00:00Z")).toBe(Date.UTC(2024, 1, 29))
  })

  it.each([
    "",
    "2015-05-17",
    "2015-05-17T10:05:03",
    "2015-05-17 10:05:03Z",
    "2015-5-17T10:05:03Z",
    "2015-13-17T10:05:03Z",
    "2015-00-17T10:05:03Z",
    "2023-02-29T10:05:03Z",
    "2015-05-00T10:05:03Z",
    "2015-05-17T24:05:03Z",
    "2015-05-17T10:60:03Z",
    "2015-05-17T10:05:60Z",
    "2015-05-17T10:05:03.Z",
    "2015-05-17T10:05:03+24:00",
    "2015-05-17T10:05:03+00:60",
    "2015-05-17T10:05:03+0000",
    "2015-05-17T10:05:03Zx",
    " 2015-05-17T10:05:03Z",
    "end"
  ])("is none: %j", (text) => {
    expect(parseRfc3339(text)).toBeUndefined()
  })
})

describe("windows", () => {
  it.each([
    [Date.UTC(2015, 4, 17, 10, 5), 10_000, "20150517T100500Z-10s"],
    [Date.UTC(2015, 4, 17, 10, 5), 60_000, "20150517T100500Z-60s"],
    [Date.UTC(2015, 4, 17, 10, 5, 0, 500), 500, "20150517T100500.500Z-500ms"],
    [Date.UTC(2015, 4, 17, 10, 5), 1_500, "20150517T100500Z-1500ms"],
    [0, 1, "19700101T000000Z-1ms"]
  ])("%i of %i ms is named %s", (startMs, windowMs, name) => {
    expect(windowName(startMs, windowMs)).toBe(name)
    expect(parseWindowName(name)).toEqual({ startMs, windowMs })
  })

  it("are named so that the name says all, for any instant and length", () => {
    const random = new Random(5)
    for (const startMs of instants(6, 20_000)) {
      const windowMs = random.pick([1, 999, 1_000, 10_000, 86_400_000, random.int(1, 10 ** 9)])
      expect(parseWindowName(windowName(startMs, windowMs))).toEqual({ startMs, windowMs })
    }
  })

  it.each([
    "",
    "20150517T100500Z",
    "20150517T100500Z-10",
    "20150532T100500Z-10s",
    "x20150517T100500Z-10s",
    "20150517-10s"
  ])("none is named %j", (name) => {
    expect(parseWindowName(name)).toBeUndefined()
  })

  it("begin at multiples of their length since the epoch, also before it, and hold their start but not their end", () => {
    expect(windowStartOf(0, 10_000)).toBe(0)
    expect(windowStartOf(9_999, 10_000)).toBe(0)
    expect(windowStartOf(10_000, 10_000)).toBe(10_000)
    expect(windowStartOf(-1, 10_000)).toBe(-10_000)
    expect(windowStartOf(-10_000, 10_000)).toBe(-10_000)
  })
})

describe("the time of a line", () => {
  it("does not depend on the line before, whichever byte is another one", () => {
    const time = "11/Jan/2011:11:11:11 +0100"
    for (let at = 0; at < time.length; at++) {
      for (const other of "02 -x") {
        const bytes = bytesOf(`${time.slice(0, at)}${other}${time.slice(at + 1)}`)
        const [alone, after] = [new LineTime(), new LineTime()]
        const isTime = alone.read(bytes, 0)
        expect(after.read(bytesOf(time), 0)).toBe(true)
        expect(after.read(bytes, 0)).toBe(isTime)
        if (isTime) expect(after.ms).toBe(alone.ms)
      }
    }
  })
})
