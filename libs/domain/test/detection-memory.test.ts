import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { limits, type WindowRecord } from "../src/index.ts"

const flood = async (distinct: number, windows: number) => {
  const program = fileURLToPath(new URL("./support/flood.ts", import.meta.url))
  const args = [program, `${distinct}`, `${windows}`]
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 })
  return JSON.parse(stdout)
}

describe("a window with 5 million distinct clients and as many URLs", () => {
  it("stays below 512 MiB, counts all of it, and names the heavy offenders and what was forgotten", async () => {
    const { lines, errors, heavy, records, named, peakMiB } = await flood(5_000_000, 1)
    expect(records.length).toBe(1)
    const [record] = records
    expect(record).toMatchObject({ total: lines, errors, suppressed: 0 })
    expect(lines).toBeGreaterThan(5_000_000)
    const offenders = Array.from({ length: heavy }, (_, i) => 99_000_000 + i)
    expect([...named].sort()).toEqual([...offenders.map((n) => `h${n}`), ...offenders.map((n) => `/u${n}`)].sort())
    for (const dimension of ["ip", "url"]) {
      expect(record.keys[dimension]).toBeLessThanOrEqual(limits.keysAWindow)
      const { keys, requests, errors: forgotten } = record.overflow[dimension]
      // the keys that came once went, and nothing of the offenders
      expect([keys, requests, forgotten]).toEqual([5_000_000 + heavy - record.keys[dimension], keys, 0])
      expect(record.top[dimension].length).toBe(limits.topKeys)
      for (const { total, errors } of record.top[dimension]) expect(total).toBe(errors)
    }
    expect(peakMiB).toBeLessThan(512)
  }, 300_000)
})

describe("5 million distinct clients and as many URLs over five windows at once", () => {
  it("stay below 512 MiB: the oldest windows are decided early, and no line is lost", async () => {
    const { lines, records, peakMiB } = await flood(5_000_000, 5)
    const closedBy = records.map((r: WindowRecord) => r.closed_by)
    expect(closedBy[0]).toBe("limit")
    expect(closedBy[4]).not.toBe("limit")
    const counted = records.reduce((n: number, r: WindowRecord) => n + r.total + r.since_last.late, 0)
    expect(counted).toBe(lines)
    expect(peakMiB).toBeLessThan(512)
  }, 300_000)
})
