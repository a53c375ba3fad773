import { describe, expect, it } from "vitest"
import { KeyTable } from "../../src/detection/key-table.ts"
import { Failures } from "../../src/incidents/failures.ts"
import { Random } from "../support/random.ts"

const cellsOf = (failures: Failures) =>
  new Map(
    Array.from({ length: failures.cells }, (_, i) => [
      `${failures.client(i)} ${failures.url(i)} ${failures.status(i)}`,
      failures.count(i)
    ])
  )

describe("failures of a window", () => {
  it("are counted as a plain map counts them, and again after the window is used for another", () => {
    const random = new Random(5)
    const failures = new Failures()
    for (let round = 0; round < 3; round++) {
      failures.clear()
      const plain = new Map<string, number>()
      for (let i = 0; i < 3_000; i++) {
        const client = random.int(0, 200)
        const url = random.chance(0.1) ? -1 : random.int(0, 60)
        const status = random.pick([400, 404, 500, 503])
        failures.add(client, url, status, status >= 500 ? 1 : 0)
        const id = `${client} ${url} ${status}`
        plain.set(id, (plain.get(id) ?? 0) + 1)
      }
      expect(cellsOf(failures)).toEqual(plain)
      const server = [...plain].filter(([id]) => / 50\d$/.test(id)).reduce((sum, [, n]) => sum + n, 0)
      expect(failures.errors).toEqual([3_000 - server, server])
    }
  })

  it("name the most frequent of them first, and of those as frequent the one that was met first", () => {
    const failures = new Failures()
    const random = new Random(7)
    for (let i = 0; i < 2_000; i++) failures.add(random.int(0, 30), random.int(0, 30), random.pick([404, 500]), 0)
    const plain = Array.from({ length: failures.cells }, (_, cell) => cell).sort(
      (a, b) => failures.count(b) - failures.count(a) || a - b
    )
    expect(failures.mostFrequent(256)).toEqual(plain.slice(0, 256))
    expect(failures.mostFrequent(40_000)).toEqual(plain)
  })

  it("are bounded: beyond the limit they are counted by class alone", () => {
    const failures = new Failures()
    for (let i = 0; i < 40_000; i++) failures.add(i, 0, 500, 1)
    expect(failures.cells).toBe(32_768)
    expect(failures.errors).toEqual([0, 40_000])
  })

  it("follow their keys when the table forgets the rare ones", () => {
    const table = new KeyTable(64, 1024 * 1024, { keys: 0 })
    const failures = new Failures()
    table.onForget = (moved) => failures.moveClients(moved)
    const add = (key: string) => {
      const bytes = new TextEncoder().encode(key)
      failures.add(table.add(bytes, 0, bytes.length, key.length, 4, 1), -1, 500, 1)
    }
    for (let i = 0; i < 1_000; i++) {
      add(`rare-${i}`)
      add("often")
    }
    const often = Array.from({ length: table.count }, (_, i) => i).find(
      (i) => new TextDecoder().decode(table.key(i)) === "often"
    )!
    expect(cellsOf(failures).get(`${often} -1 500`)).toBe(1_000)
    expect(Array.from({ length: failures.cells }, (_, i) => failures.client(i)).every((c) => c < table.count)).toBe(
      true
    )
    expect(failures.errors).toEqual([0, 2_000])
  })
})
