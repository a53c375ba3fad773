import { linesOf } from "../../src/lines/packer.ts"
import { type Composed, compose } from "../../src/ship/compose.ts"
import { Follower } from "../../src/ship/follower.ts"
import { placeHeaders, shippedOf } from "../../src/ship/place.ts"
import type { Tail } from "../../src/ship/tail.ts"
import { MemoryDisk } from "./memory-disk.ts"
import { type Kind, outcomeOf, random, Writer } from "./writer.ts"

/*
 * The same storm in memory: the follower itself, a file system and a LOGS that are lists, and a clock of their own. Before each answer of
 * the file system the writers may take some of their steps, and a life of the ship ends between any two of its own. Each log's steps are
 * drawn from a seed of its own and taken at what is asked about that log alone, so that a seed always means the same storm, in
 * whichever order files of several logs are unpacked.
 */

export interface Simulation {
  readonly rotations: number
  readonly seed: number
}

interface Stored {
  readonly payload: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

const startMs = Date.parse("2026-01-05T10:00:00Z")
const keptFiles = 30
/** What the coarse clock of a file system counts in. */
const tickMs = 4
/** How many steps a writer takes within one of the ship: none, a few, or several rotations; and how likely one at each answer. */
const paces = [0, 2, 10, 40, 150]
const densities = [0.01, 0.1, 0.8]

/** A writer whose steps are taken one by one. */
class Actor {
  readonly writer: Writer
  readonly #next: () => number
  readonly #steps: Generator<unknown, void, void>
  #left = 0
  #density = 0
  ticks = 0
  isRotating = false
  isDone = false

  constructor(writer: Writer, next: () => number, rotations: number, mayRotate: () => boolean) {
    this.writer = writer
    this.#next = next
    this.#steps = this.#life(rotations, mayRotate)
  }

  *#life(rotations: number, mayRotate: () => boolean) {
    for (let i = 0; i < rotations; i++) {
      for (let n = 2 + Math.floor(this.#next() * 4); n > 0; n--) {
        this.writer.write(20)
        yield
      }
      while (!mayRotate()) yield
      this.isRotating = true
      yield* this.writer.rotate()
      this.isRotating = false
    }
    this.writer.write(20)
    this.writer.close()
  }

  changePace(): void {
    this.#left = paces[Math.floor(this.#next() ** 2 * paces.length)]!
    this.#density = densities[Math.floor(this.#next() * densities.length)]!
  }

  turn(): void {
    if (this.isDone || this.#left === 0 || this.#next() >= this.#density) return
    for (let n = 1 + Math.floor(this.#next() * 3); n > 0 && this.#left > 0 && !this.isDone; n--) {
      this.#left--
      this.ticks++
      this.isDone = this.#steps.next().done === true
    }
  }
}

export const simulate = async ({ rotations, seed }: Simulation) => {
  const next = random(seed)
  const stored: Array<Stored> = []
  const said: Array<string> = []
  const held = () =>
    Buffer.concat(stored.filter(({ payload }) => payload.length > 0).map(({ payload }) => linesOf(payload)))
  let [clockMs, lives] = [startMs, 0]

  const actors = new Map<string, Actor>()
  const actorOf = (path: string) => [...actors].find(([log]) => path.includes(log))?.[1]
  const disk = new MemoryDisk(
    new Map([["/logs/linked.log", "/elsewhere/linked.log"]]),
    (path) => clockMs + tickMs * (actorOf(path)?.ticks ?? 0),
    (path) => {
      // What was rotated before anything was sent is none of the ship's business.
      if (stored.length === 0) return
      const own = actorOf(path)
      if (own !== undefined) own.turn()
      else for (const actor of actors.values()) actor.turn()
    }
  )
  const numbered: ReadonlyArray<Kind> = ["create", "nocreate", "copytruncate", "gzip", "zstd"]
  const dated: ReadonlyArray<Kind> = ["date", "date-gzip"]
  for (const [i, [log, kinds]] of [
    ["/logs/numbered.log", numbered] as const,
    ["/logs/dated.log", dated] as const,
    ["/elsewhere/linked.log", numbered] as const
  ].entries()) {
    const own = random(seed * 3 + i)
    const name = log.slice(log.lastIndexOf("/") + 1, -".log".length)
    const writer = new Writer(disk, log, name, kinds, own, keptFiles)
    writer.write(1)
    // No file is removed whose lines were not sent: what each of those that are kept began with.
    const began: Array<number> = []
    const mayRotate = () => {
      const isSent = (began.at(-(keptFiles - 5)) ?? 0) <= (sentOf.get(name) ?? 0)
      if (isSent) began.push(writer.written)
      return isSent
    }
    actors.set(`${name}.log`, new Actor(writer, own, rotations / 3, mayRotate))
  }
  const writers = [...actors.values()].map(({ writer }) => writer)
  const isOver = () => [...actors.values()].every(({ isDone }) => isDone)
  /** How many lines of each log were sent, each counted once. */
  const sentOf = new Map<string, number>()
  const sent = new Set<string>()
  const store = (message: Stored) => {
    stored.push(message)
    for (const [, name, n] of Buffer.from(message.payload)
      .toString("latin1")
      .matchAll(/GET \/(\w+)\/(\d+) /g)) {
      if (sent.has(`${name} ${n}`)) continue
      sent.add(`${name} ${n}`)
      sentOf.set(name!, (sentOf.get(name!) ?? 0) + 1)
    }
  }

  /** One life of the ship: it ends at a step drawn beforehand, wherever that is. */
  const live = async (steps: number): Promise<void> => {
    lives++
    const last = stored.at(-1)
    const follower = new Follower({
      patterns: ["/logs/*.log"],
      places: last && shippedOf(last.headers)!.places,
      from: "start",
      say: (sentence) => said.push(`${lives}: ${sentence}`),
      files: disk.files,
      wallMs: () => clockMs
    })
    const changed = new Set<Tail>()
    const pass = () => {
      clockMs += Math.floor(next() * 400)
      // A minute passes, in which rotated files are closed that nobody writes to.
      const isQuiet = [...actors.values()].every(({ writer, isRotating }) => writer.isAtLineEnd && !isRotating)
      if (next() < 0.05 && isQuiet) clockMs += 61_000
      for (const actor of actors.values()) {
        actor.changePace()
        if (stored.length > 0) actor.turn()
      }
    }
    const look = async () => {
      pass()
      if (next() < 0.7) for (const tail of await follower.scan(clockMs)) changed.add(tail)
      await follower.read(changed, clockMs)
    }
    /** Made while the one before it is under way: the ship does so where its lines fill a message. */
    let ahead: Composed | undefined
    const lookAhead = async ({ marks }: Composed) => {
      await look()
      if (next() < 0.5) ahead ??= await compose(follower, clockMs, marks)
    }
    try {
      for (let step = 0; step < steps; step++) {
        await look()
        if (step === steps - 1) return
        const composed = ahead ?? (await compose(follower, clockMs))
        ahead = undefined
        if (composed === undefined) {
          if (isOver() && changed.size === 0 && step > 20) return
          continue
        }
        const { payload, marks } = composed
        const headers = placeHeaders({ places: follower.places(marks), behind: { bytes: 0, ms: 0 } })
        // What comes next is read while the message is under way.
        const bytes = Uint8Array.from(payload)
        while (next() < 0.3) await lookAhead(composed)
        if (next() < 0.01) return
        store({ payload: bytes, headers })
        // Killed before it hears that the message was stored.
        if (next() < 0.02) return
        while (next() < 0.2) await lookAhead(composed)
        for (const [tail, mark] of marks) tail.commit(mark)
      }
    } finally {
      await follower.close()
    }
  }

  while (!isOver() && lives < rotations * 10) await live(stored.length === 0 ? 60 : 1 + Math.floor(next() ** 3 * 60))
  for (let more = 0; more < 40 && outcomeOf(held(), writers).lost > 0; more++) await live(60)
  return { ...outcomeOf(held(), writers), isOver: isOver(), lives, stored, said }
}
