import { describe, expect, it } from "vitest"
import { compareBytes, hashStep, type KeyBudget, KeyTable } from "../src/index.ts"
import { viewOf } from "../src/line/bytes.ts"
import { bytesOf, textOf } from "./support/lines.ts"
import { Random } from "./support/random.ts"

const hashOf = (text: string): number => bytesOf(text).reduce(hashStep, 42)

interface Expected {
  total: number
  errors: number
  first: number
  last: number
}

/** A table and the Map that it must agree with. */
class Pair {
  readonly map = new Map<string, Expected>()
  readonly table: KeyTable
  readonly budget: KeyBudget = { keys: 0 }
  readonly hash: (key: string) => number

  constructor(hash = hashOf, maxKeys = 1_000_000, maxBytes = 1 << 26) {
    this.table = new KeyTable(maxKeys, maxBytes, this.budget)
    this.hash = hash
  }

  add(key: string, error: 0 | 1, seq: number): void {
    // somewhere in a longer buffer, as a key stands in a line
    const bytes = bytesOf(`before ${key} behind`)
    // of lines that were read strictly a view is at hand, and keys are compared by fours
    if (seq % 2 === 0) viewOf(bytes)
    this.table.add(bytes, 7, 7 + key.length, this.hash(key), error, seq)
    const known = this.map.get(key) ?? { total: 0, errors: 0, first: seq, last: seq }
    this.map.set(key, { total: known.total + 1, errors: known.errors + error, first: known.first, last: seq })
  }

  clear(seq: number): void {
    this.table.clear(seq)
    this.map.clear()
  }

  entries(): ReadonlyArray<readonly [string, Expected]> {
    const { table } = this
    return Array.from({ length: table.count }, (_, i) => [
      textOf(table.key(i)),
      { total: table.total(i), errors: table.errors(i), first: table.firstSeq(i), last: table.lastSeq(i) }
    ])
  }

  check(what: string): void {
    expect(this.entries(), what).toEqual([...this.map])
    expect(this.budget.keys, what).toBe(this.map.size)
    for (let i = 0; i < this.table.count; i++) expect(this.table.missed(i)).toBe(0)
  }
}

const randomKey = (random: Random, distinct: number): string => {
  const n = random.int(1, distinct)
  return random.chance(0.2) ? `/${"x".repeat(n % 300)}${n}` : `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`
}

describe("a table of keys", () => {
  it("counts as a Map does, in the order of first sight, through growth and being cleared at all sizes", () => {
    const random = new Random(1)
    const pair = new Pair()
    pair.table.clear(0)
    let seq = 0
    for (const distinct of [1, 7, 8, 9, 100, 3, 5_000, 2, 60, 20_000, 1, 1, 1, 1, 40, 1_000, 5]) {
      for (let i = 0; i < distinct * 2; i++) {
        pair.add(randomKey(random, distinct), random.chance(0.3) ? 1 : 0, seq)
        seq += random.int(0, 3)
      }
      pair.check(`${distinct} distinct keys`)
      pair.clear(seq)
      pair.check("cleared")
    }
  })

  it("tells keys apart by their bytes where all hashes are equal", () => {
    for (const hash of [0, -1, 0x7fff_ffff, -0x8000_0000]) {
      const random = new Random(2)
      const pair = new Pair(() => hash)
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 600; i++) pair.add(randomKey(random, 200), 0, i)
        pair.check(`hash ${hash}`)
        pair.clear(0)
      }
    }
  })

  it("tells keys of one hash apart that differ in any one byte", () => {
    const key = "/a/path/of/19/bytes"
    const pair = new Pair(() => 7)
    for (const seq of [2, 3, 4, 5]) {
      for (let at = 0; at < key.length; at++) pair.add(`${key.slice(0, at)}!${key.slice(at + 1)}`, 0, seq)
    }
    pair.check("one byte")
  })

  it("holds empty keys, keys that begin alike, and keys of 16 KiB", () => {
    const pair = new Pair(() => 1)
    for (const key of ["", "a", "ab", "abc", "x".repeat(16_384), "x".repeat(16_383), "", "ab"]) pair.add(key, 1, 0)
    pair.check("odd keys")
  })

  it("keeps sequences beyond 32 bits, as distances from the first one", () => {
    const pair = new Pair()
    pair.clear(2 ** 52)
    pair.add("a", 0, 2 ** 52)
    pair.add("a", 0, 2 ** 52 + 4_000_000_000)
    expect(pair.entries()).toEqual([["a", { total: 2, errors: 0, first: 2 ** 52, last: 2 ** 52 + 4_000_000_000 }]])
  })

  it("orders keys by errors, requests and bytes", () => {
    const pair = new Pair()
    for (const [key, total, errors] of [
      ["few", 9, 1],
      ["b", 5, 3],
      ["a", 5, 3],
      ["more requests", 6, 3],
      ["most", 4, 4]
    ] as const) {
      for (let i = 0; i < total; i++) pair.add(key, i < errors ? 1 : 0, i)
    }
    const { table } = pair
    const order = Array.from({ length: table.count }, (_, i) => i).sort((a, b) => table.worse(a, b))
    expect(order.map((i) => textOf(table.key(i)))).toEqual(["most", "more requests", "a", "b", "few"])
    expect(compareBytes(bytesOf("a"), bytesOf("ab"))).toBeLessThan(0)
    expect(compareBytes(bytesOf("\x7f"), bytesOf("\x80"))).toBeLessThan(0)
  })

  it("shares one budget with other tables", () => {
    const budget: KeyBudget = { keys: 0 }
    const [a, b] = [new KeyTable(10, 1_000, budget), new KeyTable(10, 1_000, budget)]
    const add = (table: KeyTable, key: string) => table.add(bytesOf(key), 0, key.length, hashOf(key), 0, 0)
    for (let i = 0; i < 8; i++) add(a, `a${i}`)
    for (let i = 0; i < 25; i++) add(b, `b${i}`)
    expect(budget.keys).toBe(a.count + b.count)
    expect(b.count + b.forgotten.keys).toBe(25)
    a.clear(0)
    expect(budget.keys).toBe(b.count)
    b.clear(0)
    expect(budget.keys).toBe(0)
  })
})

describe("a table at its limits", () => {
  /** Checks what lossy counting promises, against true counts. */
  const promised = (pair: Pair, most: number, what: string) => {
    const { table, map } = pair
    const kept = new Set<string>()
    const sum = { keys: 0, requests: 0, errors: 0 }
    let floor = 0
    for (let i = 0; i < table.count; i++) {
      const key = textOf(table.key(i))
      expect(kept.has(key), `${what}: ${key} twice`).toBe(false)
      kept.add(key)
      const truth = map.get(key)!
      expect(table.total(i), what).toBeLessThanOrEqual(truth.total)
      expect(truth.total, what).toBeLessThanOrEqual(table.total(i) + table.missed(i))
      expect(table.errors(i), what).toBeLessThanOrEqual(truth.errors)
      expect(truth.errors - table.errors(i), what).toBeLessThanOrEqual(table.missed(i))
      floor = Math.max(floor, table.missed(i))
      sum.requests += table.total(i)
      sum.errors += table.errors(i)
    }
    expect(table.count, what).toBeLessThanOrEqual(most)
    // A key that is gone had no more than what the newest key may have missed.
    for (const [key, { total }] of map) if (!kept.has(key)) expect(total, `${what}: ${key}`).toBeLessThanOrEqual(floor)
    const all = [...map.values()]
    expect(sum.requests + table.forgotten.requests, what).toBe(all.reduce((n, c) => n + c.total, 0))
    expect(sum.errors + table.forgotten.errors, what).toBe(all.reduce((n, c) => n + c.errors, 0))
    expect(table.forgotten.keys, what).toBeGreaterThanOrEqual(map.size - kept.size)
    expect(pair.budget.keys, what).toBe(table.count)
  }

  const skewedKey = (random: Random): string => `k${Math.floor(1 / (random.next() + 0.0005))}`

  it.each([
    ["of keys", 50, 1 << 20],
    ["of bytes", 1_000_000, 300],
    ["of both", 40, 200],
    ["of one key", 1, 1 << 20],
    ["that no key fits in", 10, 1]
  ])("keeps what lossy counting promises at a limit %s", (_, maxKeys, maxBytes) => {
    for (let round = 0; round < 8; round++) {
      const random = new Random(round)
      const pair = new Pair(hashOf, maxKeys, maxBytes)
      pair.clear(0)
      for (let i = 0; i < 3_000; i++) {
        pair.add(random.chance(0.5) ? skewedKey(random) : randomKey(random, 100_000), random.chance(0.4) ? 1 : 0, i)
        if (i % 500 === 0) {
          // so that the bound is seen: the newest key may have missed as much as any key that is gone had
          pair.add(`newest ${i}`, 0, i)
          promised(pair, maxKeys, `round ${round}, line ${i}`)
        }
      }
    }
  })

  it("still names the frequent ones among a flood of keys that come once", () => {
    const random = new Random(3)
    const pair = new Pair(hashOf, 100, 1 << 20)
    for (let i = 0; i < 50_000; i++) pair.add(random.chance(0.2) ? `heavy ${random.int(1, 5)}` : `flood ${i}`, 0, i)
    const kept = new Map(pair.entries())
    for (let n = 1; n <= 5; n++) {
      expect(kept.get(`heavy ${n}`)!.total).toBeGreaterThan(pair.map.get(`heavy ${n}`)!.total * 0.6)
    }
  })

  it("forgets nothing of the window before when it is cleared", () => {
    const pair = new Pair(hashOf, 10, 1 << 20)
    for (let i = 0; i < 100; i++) pair.add(`a${i}`, 1, i)
    expect(pair.table.forgotten.keys).toBe(pair.map.size - pair.table.count)
    pair.clear(1_000)
    expect(pair.table.forgotten).toEqual({ keys: 0, requests: 0, errors: 0 })
    for (let i = 0; i < 10; i++) pair.add(`b${i}`, 0, 1_000 + i)
    pair.check("the next window")
  })
})
