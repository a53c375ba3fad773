import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setImmediate as turn } from "node:timers/promises"
import { linesOf } from "../../src/replay/packer.ts"
import { compose } from "../../src/ship/compose.ts"
import { Follower } from "../../src/ship/follower.ts"
import { headersOf, shippedOf } from "../../src/ship/place.ts"
import type { Tail } from "../../src/ship/tail.ts"
import { type Kind, outcomeOf, random, Writer } from "./writer.ts"

/*
 * The same storm within one process: the follower itself, real files, and a LOGS that is a list. A rotation gives way after each of its
 * steps, and a life of the ship ends between any two of its own, so that a second holds hundreds of rotations and dozens of lives.
 */

export interface Simulation {
  readonly rotations: number
  readonly seed: number
}

interface Stored {
  readonly payload: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

export const simulate = async ({ rotations, seed }: Simulation) => {
  const next = random(seed)
  const folder = mkdtempSync(join(tmpdir(), "chaussettes-simulation-"))
  const stored: Array<Stored> = []
  const said: Array<string> = []
  const elsewhere = join(folder, "elsewhere")
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, "linked.log"), "")
  symlinkSync(join(elsewhere, "linked.log"), join(folder, "linked.log"))
  const turns = async (most: number) => {
    for (let n = Math.floor(next() * most); n > 0; n--) await turn()
  }
  const pause = () => (next() < 0.3 ? turns(4) : undefined)
  const numbered: ReadonlyArray<Kind> = ["create", "nocreate", "copytruncate", "gzip", "zstd"]
  const writers = [
    new Writer(join(folder, "numbered.log"), "numbered", numbered, next, pause),
    new Writer(join(folder, "dated.log"), "dated", ["date", "date-gzip"], next, pause),
    new Writer(join(elsewhere, "linked.log"), "linked", numbered, next, pause)
  ]
  for (const writer of writers) writer.write(1)
  let [isOver, lives, passedMs, shipSteps] = [false, 0, 0, 0]
  const now = () => performance.now() + passedMs
  const held = () =>
    Buffer.concat(stored.filter(({ payload }) => payload.length > 0).map(({ payload }) => linesOf(payload)))

  /** One life of the ship: it ends at a step drawn beforehand, wherever that is. */
  const live = async (steps: number): Promise<void> => {
    const last = stored.at(-1)
    const follower = new Follower({
      patterns: [join(folder, "*.log")],
      places: last && shippedOf(last.headers)!.places,
      from: "start",
      say: (sentence) => said.push(`${lives}: ${sentence}`)
    })
    try {
      const changed = new Set<Tail>()
      for (let step = 0; step < steps; step++) {
        shipSteps++
        // A minute passes, in which rotated files are closed that nobody writes to.
        if (next() < 0.02 && writers.every((writer) => writer.isAtLineEnd)) passedMs += 61_000
        if (next() < 0.7) for (const tail of await follower.scan(now())) changed.add(tail)
        await follower.read(changed, now())
        if (step === steps - 1) return
        const composed = await compose(follower, now())
        await turns(3)
        if (composed === undefined) {
          if (isOver && changed.size === 0 && step > 20) return
          continue
        }
        const { payload, marks } = composed
        const headers = headersOf({
          life: "life",
          message: 1,
          host: "",
          places: follower.places(marks),
          behind: { bytes: 0, ms: 0 }
        })
        stored.push({ payload: Uint8Array.from(payload), headers })
        // Killed before it hears that the message was stored.
        if (next() < 0.02) return
        for (const [tail, mark] of marks) tail.commit(mark)
      }
    } finally {
      await follower.close()
    }
  }

  const living = (async () => {
    while (!isOver) {
      lives++
      await live(stored.length === 0 ? 60 : 1 + Math.floor(next() ** 3 * 60))
    }
  })()
  try {
    while (stored.length === 0) await turn()
    await Promise.all(
      writers.map(async (writer) => {
        for (let i = 0; i < rotations / writers.length; i++) {
          for (let n = 2 + Math.floor(next() * 4); n > 0; n--) {
            writer.write(20)
            // Sometimes much happens within one step of the ship, sometimes nothing.
            for (const until = shipSteps + Math.floor(next() * 3); shipSteps < until; ) await turn()
            await turns(8)
          }
          await writer.rotate()
        }
        writer.write(20)
        writer.close()
      })
    )
    isOver = true
    await living
    for (let more = 0; more < 40 && outcomeOf(held(), writers).lost > 0; more++) await live(60)
    return { ...outcomeOf(held(), writers), lives, messages: stored.length, said }
  } finally {
    isOver = true
    await living.catch(() => {})
    if (process.env.STORM_KEEP === undefined) rmSync(folder, { recursive: true, force: true })
  }
}
