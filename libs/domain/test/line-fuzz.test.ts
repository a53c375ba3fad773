import { describe, expect, it } from "vitest"
import { parseLine, splitLines } from "./oracle/parse-line.ts"
import { bytesOf, realLog, textOf } from "./support/lines.ts"
import { generatedLine, mutated } from "./support/mutate.ts"
import { Random } from "./support/random.ts"
import { type Scanned, scanAt, scannerOf } from "./support/scan.ts"

const seed = Number(process.env.FUZZ_SEED ?? 20150517)
/** 240,000 mutated lines; more with FUZZ_ROUNDS. */
const rounds = Number(process.env.FUZZ_ROUNDS ?? 600)

const real = splitLines(textOf(realLog()))

const withoutReason = (scanned: Scanned) => (scanned.ok ? scanned : { ok: false })

/** Scans a whole buffer; lines as the scanner cuts them. */
const scanAll = (bytes: Uint8Array, urlKey: "path" | "target") => {
  const scanner = scannerOf(urlKey)
  const found: Array<{ readonly line: string; readonly scanned: Scanned }> = []
  for (let at = 0; at < bytes.length; at = scanner.next) {
    const scanned = scanAt(scanner, bytes, at, bytes.length)
    if (scanner.next <= at) throw new Error(`no progress at ${at}`)
    found.push({ line: textOf(bytes.subarray(at, scanner.lineEnd)), scanned })
  }
  return found
}

describe(`the scanner against the slow parser (seed ${seed})`, { timeout: 120_000 }, () => {
  it("agrees on every line of a real log", () => {
    for (const urlKey of ["path", "target"] as const) {
      const found = scanAll(realLog(), urlKey)
      expect(found.map((f) => f.line)).toEqual(real)
      for (const { line, scanned } of found) expect(withoutReason(scanned), line).toEqual(parseLine(line, urlKey))
    }
  })

  it("agrees on hundreds of thousands of mutated lines, and cuts every buffer at its line feeds", () => {
    let [lines, right, mutants] = [0, 0, 0]
    for (let round = 0; round < rounds; round++) {
      const random = new Random(seed + round)
      const parts: Array<string> = []
      for (let i = 0; i < 400; i++) {
        const line = random.chance(0.5) ? random.pick(real) : generatedLine(random)
        parts.push(random.chance(0.05) ? line : mutated(line, random))
        if (i < 399 || random.chance(0.5)) parts.push(random.chance(0.1) ? "\r\n" : "\n")
      }
      mutants += 400
      const text = parts.join("")
      const bytes = bytesOf(text)
      const expected = splitLines(text)
      for (const urlKey of ["path", "target"] as const) {
        const found = scanAll(bytes, urlKey)
        expect(found.length).toBe(expected.length)
        for (let i = 0; i < found.length; i++) {
          const { line, scanned } = found[i]!
          const oracle = parseLine(expected[i]!, urlKey)
          lines++
          if (oracle.ok) right++
          if (
            line !== expected[i] ||
            scanned.ok !== oracle.ok ||
            (scanned.ok &&
              oracle.ok &&
              (scanned.timeMs !== oracle.timeMs ||
                scanned.status !== oracle.status ||
                scanned.client !== oracle.client ||
                scanned.url !== oracle.url))
          ) {
            // only now the slow comparison, for its message
            expect({ urlKey, line, scanned: withoutReason(scanned) }, `seed ${seed + round}`).toEqual({
              urlKey,
              line: expected[i],
              scanned: oracle
            })
          }
        }
      }
    }
    expect(mutants).toBeGreaterThanOrEqual(Math.min(200_000, rounds * 400))
    // neither nearly all nor nearly none: the mutations must reach behind what is rejected at once
    expect(right / lines).toBeGreaterThan(0.1)
    expect(right / lines).toBeLessThan(0.9)
  })
})
