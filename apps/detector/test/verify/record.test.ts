import type { WindowRecord } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { Random } from "../../../../libs/domain/test/support/random.ts"
import { RecordReader } from "../../src/verify/record.ts"
import { decidedWorld } from "./world.ts"

/** What a reader that has read nothing before makes of a record: it reads it whole. */
const readWhole = (data: string) => new RecordReader().read(1, data)

const changed = (random: Random, data: string): string => {
  const at = random.int(0, data.length - 1)
  const piece = random.pick(["", "0", "1", "-", '"', "\\", ",", "}", " ", "\n", "e", '"top":1,', '"start":"x",', "ü"])
  return data.slice(0, at) + piece + data.slice(at + random.int(0, 2))
}

describe("a record that is read behind others", () => {
  it("is what it is alone, whatever was done to it", async () => {
    const random = new Random(5)
    const reader = new RecordReader()
    let good = 0
    for (const seed of [1, 4, 5, 8]) {
      for (const data of (await decidedWorld(seed)).texts("WINDOWS")) {
        expect(reader.read(1, data)).toEqual(readWhole(data))
        for (let i = 0; i < 200; i++) {
          const other = changed(random, data)
          const whole = readWhole(other)
          expect(reader.read(1, other), other).toEqual(whole)
          if (typeof whole !== "string") good++
          if (i % 10 === 0) reader.read(1, data)
        }
      }
    }
    expect(good).toBeGreaterThan(500)
  })

  it("is read only where it differs: its thresholds are those of the one before", async () => {
    let same = 0
    for (const seed of [1, 4, 5, 8]) {
      const reader = new RecordReader()
      let before: WindowRecord | undefined
      for (const data of (await decidedWorld(seed)).texts("WINDOWS")) {
        const stored = reader.read(1, data)
        if (typeof stored === "string") expect.fail(stored)
        const { record } = stored
        expect(record.incidents ?? record.revision).toBeDefined()
        // A revision stands in other bytes.
        const common = ({ seuils, rules }: WindowRecord) => JSON.stringify({ seuils, rules })
        if (record.revision === undefined && before !== undefined && common(before) === common(record)) {
          expect(record.seuils).toBe(before.seuils)
          same++
        }
        before = record
      }
    }
    expect(same).toBeGreaterThan(10)
  })
})
