import { describe, expect, it } from "vitest"
import { KeyTable } from "../../../src/detection/key-table.ts"
import { RequestTimes } from "../../../src/incidents/latency/request-times.ts"
import { leastOfBin, quantileOfBins, rowBits, timeBinOf, timeBins } from "../../../src/incidents/latency/time-bins.ts"
import { Random } from "../../support/random.ts"

const rowOf = (times: RequestTimes, url: number) => Array.from(times.urls).slice(url << rowBits, (url + 1) << rowBits)

const requests = (random: Random, count: number) =>
  Array.from({ length: count }, () => ({
    url: random.int(-1, 40),
    client: random.int(0, 60),
    us: Math.floor(Math.exp(6 + 12 * random.next()))
  }))

const countsOf = (times: RequestTimes) => ({
  requests: times.requests,
  site: Array.from(times.site),
  urls: Array.from({ length: times.count }, (_, url) => [rowOf(times, url), times.clients(url)])
})

describe("bins of request times", () => {
  it("hold what lies between their ends, each an eighth to a quarter wide, and double every four bins", () => {
    for (let bin = 1; bin < timeBins - 1; bin++) {
      expect(timeBinOf(leastOfBin(bin))).toBe(bin)
      expect(timeBinOf(leastOfBin(bin + 1) - 1)).toBe(bin)
      expect(leastOfBin(bin + 1) / leastOfBin(bin)).toBeLessThanOrEqual(1.25)
    }
    expect(leastOfBin(9)).toBe(4 * leastOfBin(1))
    expect([0, 1_023, 1_024, 2 ** 40].map(timeBinOf)).toEqual([0, 0, 1, timeBins - 1])
  })

  it("give a quantile that is no further off than a bin is wide", () => {
    const random = new Random(3)
    const all = Array.from({ length: 5_000 }, () => Math.floor(Math.exp(9 + 5 * random.next()))).sort((a, b) => a - b)
    const counts = new Uint32Array(timeBins)
    for (const us of all) counts[timeBinOf(us)]!++
    for (const q of [0.1, 0.5, 0.95, 0.99]) {
      const exact = all[Math.ceil(q * all.length) - 1]!
      expect(Math.abs(quantileOfBins(counts, q) / exact - 1)).toBeLessThan(0.25)
    }
    expect(quantileOfBins(new Uint32Array(timeBins), 0.5)).toBeNaN()
  })
})

describe("request times of a window", () => {
  it("are the same in whatever order the requests come, and as counted plainly; again once cleared", () => {
    const random = new Random(1)
    const times = new RequestTimes()
    for (let round = 0; round < 3; round++) {
      const some = requests(random, 2_000)
      times.clear()
      for (const { url, client, us } of some) times.add(url, client, us)
      const other = new RequestTimes()
      for (const { url, client, us } of [...some].reverse()) other.add(url, client, us)
      expect(countsOf(other)).toEqual(countsOf(times))
      const plain = new Array<number>(timeBins).fill(0)
      for (const { url, us } of some) if (url === 7) plain[timeBinOf(us)]!++
      expect(rowOf(times, 7)).toEqual(plain)
      expect(times.requests).toBe(2_000)
    }
  })

  it("take no memory before a line says one, and a bounded one for however many URLs", () => {
    const times = new RequestTimes()
    expect(times.roomBytes).toBe(0)
    for (let url = 0; url < 50_000; url++) times.add(url, 0, 20_000)
    expect(times.requests).toBe(50_000)
    expect(times.count).toBe(1_024)
    expect(times.roomBytes).toBeLessThan(300_000)
    times.clear()
    expect(times.roomBytes).toBe(0)
  })

  it("stay with their URLs when a table forgets the others", () => {
    const times = new RequestTimes()
    const table = new KeyTable(64, 1 << 20, { keys: 0 })
    table.onForget = (moved) => times.moveUrls(moved)
    const add = (key: string, us: number) => {
      const bytes = new TextEncoder().encode(key)
      times.add(table.add(bytes, 0, bytes.length, key.length * 31, 0, 1), 1, us)
    }
    for (let i = 0; i < 500; i++) {
      add("/busy", 900_000)
      add(`/${i}`, 2_000)
    }
    const busy = Array.from({ length: table.count }, (_, i) => i).find(
      (i) => new TextDecoder().decode(table.key(i)) === "/busy"
    )!
    expect(rowOf(times, busy)[timeBinOf(900_000)]).toBe(500)
    expect(rowOf(times, busy).reduce((a, b) => a + b)).toBe(500)
    expect(times.count).toBeLessThanOrEqual(table.count)
  })

  it("tell about how many clients a URL had", () => {
    for (const clients of [1, 2, 10, 100, 300]) {
      const times = new RequestTimes()
      for (let i = 0; i < 3_000; i++) times.add(3, i % clients, 5_000)
      expect(Math.abs(times.clients(3) - clients)).toBeLessThanOrEqual(0.25 * clients)
    }
  })
})
