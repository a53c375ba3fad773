import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { heapInContainer } from "@chaussettes/testing"
import { describe, expect, it } from "vitest"
import { limits, type WindowRecord } from "../src/index.ts"
import { accountedBy } from "./support/life.ts"

/** What docker-compose.yml gives the detector's container. */
const containerMiB = 512
const heap = heapInContainer(containerMiB)

const run = async (name: string, ...args: ReadonlyArray<string>) => {
  const program = fileURLToPath(new URL(`./support/${name}.ts`, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [...heap, program, ...args], { maxBuffer: 1 << 26 })
  return JSON.parse(stdout)
}

const flood = (distinct: number, windows: number) => run("flood", `${distinct}`, `${windows}`)

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
    expect(peakMiB).toBeLessThan(containerMiB)
  }, 300_000)
})

describe("5 million distinct clients and as many URLs over five windows at once", () => {
  it("stay below 512 MiB: the oldest windows are decided early, and no line is lost", async () => {
    const { lines, records, peakMiB } = await flood(5_000_000, 5)
    const first = records.filter((r: WindowRecord) => r.revision === undefined)
    expect(first.map((r: WindowRecord) => r.closed_by)).toEqual(["limit", "limit", "limit", "limit", "punctuation"])
    expect(accountedBy(records).lines).toBe(lines)
    expect(peakMiB).toBeLessThan(containerMiB)
  }, 300_000)
})

describe("a horizon full of distinct clients and URLs, and a million of them late and in time", () => {
  it("stays below 512 MiB: what is beyond the limit is late, and no line is without a verdict", async () => {
    const { lines, windows, revised, late, revisions, peakMiB } = await run("horizon")
    expect(windows + revised + late).toBe(lines)
    expect(revised).toBeGreaterThan(100_000)
    expect(revisions).toBeGreaterThan(60)
    expect(peakMiB).toBeLessThan(containerMiB)
  }, 300_000)
})
