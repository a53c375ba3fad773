import { describe, expect, it } from "vitest"
import { atTheBeginning, type DetectionStart, openSeqOf, startBehind } from "../src/index.ts"
import { accountedBy, Life, type WholeLife, wholeLife } from "./support/life.ts"
import { Random } from "./support/random.ts"
import { randomWorld, sentIn, type World, type WorldOptions } from "./support/world.ts"

/*
 * Each world is lived once without a fault. Then it is lived again from every step on: a first life that ended behind that
 * step with some of its records stored, and a second one that begins as the detector would. Together they must have said,
 * byte for byte, what the undisturbed life said.
 */

const seed = Number(process.env.RECOVERY_SEED ?? 1)
const worlds = Number(process.env.RECOVERY_WORLDS ?? 30)
const everything: WorldOptions = { messages: 40, silences: true, promises: true, holes: true, changes: true }

/** How few records may be stored behind this step: what was decided under other seuils or by an earlier silence must be. */
const leastStored = (world: World, whole: WholeLife, step: number): number => {
  for (let i = step; i >= 0; i--) {
    const kind = world.steps[i]!.kind
    if (kind === "seuils" || (kind === "silence" && i === step)) return i === 0 ? 0 : whole.behind[i - 1]!.records
    if (kind === "silence") return whole.behind[i]!.records
  }
  return 0
}

const firstSeqOf = (world: World): number => world.steps.find((s) => s.kind === "message")!.message.seq

const messagesOf = (steps: World["steps"], fromSeq: number): World["steps"] =>
  steps.filter((s) => s.kind === "message" && s.message.seq >= fromSeq)

/** The second life, from `start` on, after a first one that ended behind step `last`. */
const secondLife = (world: World, whole: WholeLife, last: number, start: DetectionStart, random: Random): Life => {
  const life = new Life(world, whole.behind[last]!.seuils, start)
  life.steps(messagesOf(world.steps.slice(0, last + 1), start.readThroughSeq + 1), random)
  // caught up: the clock that had gone on goes on
  if (world.steps[last]!.kind === "silence") life.step(world.steps[last]!)
  life.steps(world.steps.slice(last + 1), random)
  return life
}

const said = (decisions: Life["decisions"], recordSeqOf: (i: number) => number | undefined): ReadonlyArray<string> =>
  decisions.map(({ record, alerts }, i) => JSON.stringify({ recordSeq: recordSeqOf(i), record, alerts }))

/** The life's decisions are those of the undisturbed one from its record `from` on; `stored` of them stood in WINDOWS. */
const compare = (whole: WholeLife, life: Life, stored: number, from: number, what: string) => {
  const expected = said(whole.life.decisions.slice(from), (i) => (from + i < stored ? from + i + 1 : undefined))
  const found = said(life.decisions, (i) => life.decisions[i]!.recordSeq)
  // the same strings, compared fast; only a difference is worth its message
  if (found.join("\n") !== expected.join("\n")) expect(found, what).toEqual(expected)
  expect(life.lost.length, what).toBe(0)
}

/** From a checkpoint behind an earlier step, with the records that are newer than it. */
const fromCheckpoint = (whole: WholeLife, step: number, stored: number): DetectionStart => {
  const { position, records } = whole.behind[step]!
  const known = whole.records.slice(0, stored)
  return {
    ...startBehind(whole.records[records - 1], known),
    clockMs: position.clockMs,
    sources: { ...JSON.parse(JSON.stringify(position.sources)), storedMs: position.sources.storedMs },
    observedThroughSeq: position.highestSeq,
    countedThroughSeq: known[stored - 1]?.record.through_seq ?? 0,
    readThroughSeq: position.resumeSeq - 1,
    openSeq: position.openSeq
  }
}

/** From the records alone: the last `behind` of them may lack their alerts. */
const fromRecords = (world: World, whole: WholeLife, stored: number, behind: number): DetectionStart => {
  const known = whole.records.slice(0, stored)
  const before = known[stored - 1 - behind]
  return {
    ...atTheBeginning,
    ...startBehind(before, known),
    countedThroughSeq: known[stored - 1]!.record.through_seq,
    readThroughSeq: before === undefined ? firstSeqOf(world) - 1 : before.record.resume_seq - 1,
    openSeq: before === undefined ? 0 : openSeqOf(before.record)
  }
}

const worldOf = (n: number, options: WorldOptions) => {
  const random = new Random(seed * 1_000_003 + n)
  const world = randomWorld(random, options)
  return { random, world, whole: wholeLife(world) }
}

describe(`a second life (seed ${seed})`, { timeout: 120_000 }, () => {
  it("says with the first what an undisturbed one says, from any checkpoint and however many records are newer", () => {
    let [restarts, known] = [0, 0]
    for (let n = 0; n < worlds; n++) {
      const { random, world, whole } = worldOf(n, everything)
      for (let last = 0; last < world.steps.length; last++) {
        const most = whole.behind[last]!.records
        const stored = random.int(leastStored(world, whole, last), most)
        const checkpoints = whole.behind.slice(0, last + 1).filter((b) => b.records <= stored).length
        if (checkpoints === 0) continue
        const step = random.chance(0.5) ? checkpoints - 1 : random.int(0, checkpoints - 1)
        const start = fromCheckpoint(whole, step, stored)
        const life = secondLife(world, whole, last, start, random)
        const from = whole.behind[step]!.records
        const what = `world ${n}, crash behind step ${last} with ${stored} of ${most} records, checkpoint of step ${step}`
        compare(whole, life, stored, from, what)
        expect(life.rejects, what).toEqual(whole.life.rejects.filter((r) => r.seq > start.countedThroughSeq))
        restarts++
        known += stored - from
      }
    }
    expect(restarts).toBeGreaterThan(worlds * 20)
    expect(known).toBeGreaterThan(worlds * 20)
  })

  it("needs no checkpoint where all sources go on: the newest record says where to go on", () => {
    let restarts = 0
    for (let n = 0; n < worlds; n++) {
      const { random, world, whole } = worldOf(n, { ...everything, calm: true, silences: false })
      for (let last = 0; last < world.steps.length; last++) {
        const stored = random.int(leastStored(world, whole, last), whole.behind[last]!.records)
        if (stored === 0) continue
        const behind = random.int(0, Math.min(3, stored))
        const life = secondLife(world, whole, last, fromRecords(world, whole, stored, behind), random)
        compare(whole, life, stored, stored - behind, `world ${n}, crash behind step ${last}, ${stored} records`)
        restarts++
      }
    }
    expect(restarts).toBeGreaterThan(worlds * 10)
  })

  it("loses no line and counts none twice without a checkpoint, whatever the sources did", () => {
    for (let n = 0; n < worlds; n++) {
      const { random, world, whole } = worldOf(n, everything)
      expect(accountedBy(whole.life.decisions.map((d) => d.record))).toEqual(sentIn(world))
      for (let last = 0; last < world.steps.length; last++) {
        const stored = random.int(0, whole.behind[last]!.records)
        if (stored === 0) continue
        const life = secondLife(world, whole, last, fromRecords(world, whole, stored, 0), random)
        const records = [...whole.life.decisions.slice(0, stored), ...life.decisions].map((d) => d.record)
        const what = `world ${n}, crash behind step ${last}, ${stored} records`
        expect(accountedBy(records), what).toEqual(sentIn(world))
        const first = records.filter((r) => r.revision === undefined)
        expect(new Set(first.map((r) => r.start)).size, what).toBe(first.length)
      }
    }
  })
})
