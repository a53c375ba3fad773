import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { checkFree, checkSteady } from "./oracle.ts"
import { play, type ScheduleOptions } from "./world.ts"

/**
 * Thousands of schedules: the whole detector on the memory layers and a virtual clock, with lost, late and half-done requests, crashes
 * between any two effects, freezes, second detectors and lost checkpoints. A failure prints its seed;
 * `SIMULATION_SEED=<seed> npx vitest run apps/detector/test/simulation` plays just that one again.
 */
const schedules = Number(process.env.SIMULATION_SCHEDULES ?? 1_000)
const only = process.env.SIMULATION_SEED

const seeds = (from: number): ReadonlyArray<number> =>
  only === undefined ? Array.from({ length: schedules }, (_, i) => from + i) : [Number(only)]

const blocks = <A>(items: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))

const failures = async (
  seed: number,
  steady: boolean,
  more: Pick<ScheduleOptions, "sites" | "heldUp"> = {}
): Promise<ReadonlyArray<string>> => {
  const outcome = await Effect.runPromise(play({ seed, steady, ...more }))
  return (steady ? checkSteady(outcome) : checkFree(outcome)).map((fault) => `seed ${seed}: ${fault}`)
}

// A block is ten seconds of a core: a busy machine may take several times that.
describe("a schedule of faults", { timeout: 120_000 }, () => {
  it.each(blocks(seeds(1), 50))(
    "leaves the records and alerts of an undisturbed run (seeds from %i)",
    async (...some) => {
      for (const seed of some) expect(await failures(seed, true)).toEqual([])
    }
  )

  it.each(blocks(seeds(1_000_001), 50))(
    "with silences and changing seuils leaves what the records say, complete and once (seeds from %i)",
    async (...some) => {
      for (const seed of some) expect(await failures(seed, false)).toEqual([])
    }
  )

  it("leaves what it should where sites are judged, too", async () => {
    for (const seed of seeds(1).slice(0, Math.ceil(schedules / 10))) {
      expect(await failures(seed, seed % 2 === 0, { sites: true })).toEqual([])
    }
  })

  it("leaves what it should where lines come between the look for a silence and asking the fold for it", async () => {
    for (const seed of seeds(1).slice(0, 10)) expect(await failures(seed, false, { heldUp: true })).toEqual([])
  })

  it("has incidents of errors and of latency, so that all of that is held", async () => {
    const kinds = new Set<string>()
    for (const seed of [1, 2, 3]) {
      const { server } = await Effect.runPromise(play({ seed, steady: false }))
      for (const { subject } of server.stream("INCIDENTS").from(1, 10_000)) kinds.add(subject.split(".").at(-1)!)
    }
    expect([...kinds]).toEqual(expect.arrayContaining(["client-errors", "server-errors", "latency"]))
  })

  it("is the same again from the same seed", async () => {
    const [a, b] = await Promise.all([1, 2].map(() => Effect.runPromise(play({ seed: 42, steady: false }))))
    const bytes = (outcome: typeof a) =>
      outcome!.server
        .stream("WINDOWS")
        .from(1, 10_000)
        .map(({ data, headers }) => [data, headers])
    expect(bytes(a)).toEqual(bytes(b))
  })
})
