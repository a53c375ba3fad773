import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { limits } from "../src/index.ts"

const flood = fileURLToPath(new URL("./support/flood.ts", import.meta.url))

describe("a window with 5 million distinct clients and as many URLs", () => {
  it("stays below 512 MiB, counts all of it, and names the heavy offenders and what was forgotten", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [flood, "5000000"], { maxBuffer: 1 << 26 })
    const { lines, errors, heavy, windows, record, named, peakMiB } = JSON.parse(stdout)
    expect(windows).toBe(1)
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
