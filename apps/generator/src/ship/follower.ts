import { dirname, join, resolve } from "node:path"
import { Damaged } from "@chaussettes/service"
import { atMost } from "./at-most.ts"
import { markIn } from "./content.ts"
import { type Files, machineFiles } from "./files.ts"
import {
  type Followed,
  isSettled,
  isSought,
  isTail,
  loseSight,
  markOf,
  placeOf,
  shapeOf,
  soughtOf,
  stateOf,
  tailsOf,
  unlooked
} from "./followed.ts"
import { judge, type Moment } from "./judge.ts"
import { shipLimits } from "./limits.ts"
import { beginning, checkOf, type Mark } from "./mark.ts"
import { findLogs, Listing, type Member, membersOf } from "./members.ts"
import { logKey, type Place } from "./place.ts"
import { behindOf, readAhead, waitingOf } from "./read-ahead.ts"
import { order, release } from "./release.ts"
import { openListed, type Snapshot, takeSnapshot } from "./snapshot.ts"
import { Tail } from "./tail.ts"

export interface FollowerOptions {
  readonly patterns: ReadonlyArray<string>
  /** What LOGS says of the files; undefined where it says nothing of this source yet. */
  readonly places: ReadonlyArray<Place> | undefined
  /** Where a file begins that was there before anything was sent of this source. */
  readonly from: "start" | "end"
  readonly say: (sentence: string) => void
  readonly files?: Files
  /** The clock of the file system, as far as is known. */
  readonly wallMs?: () => number
}

/** Follows the logs of one source: finds their files, opens what is to be read, and closes what is done with. */
export class Follower {
  readonly #options: FollowerOptions
  readonly #files: Files
  readonly #wallMs: () => number
  readonly #logs = new Map<string, Followed>()
  /** The last change of any file that was seen: a file of a log that was not known before and is older has been sent by nobody's wish. */
  #seenS: number
  #nextSeenS = 0
  #isFirstLook = true
  readonly #told = new Set<string>()
  #named: ReadonlyMap<string, Tail> = new Map()

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#files = options.files ?? machineFiles
    this.#wallMs = options.wallMs ?? Date.now
    const { places } = options
    this.#seenS =
      places === undefined ? Number.POSITIVE_INFINITY : Math.max(0, ...places.map((place) => place.modifiedS))
    for (const place of places ?? []) {
      const log = this.#logs.get(place.log) ?? { path: "", key: place.log, generations: [], ...unlooked() }
      this.#logs.set(place.log, { ...log, generations: [...log.generations, place] })
    }
  }

  get logs(): ReadonlyArray<Followed> {
    return [...this.#logs.values()]
  }

  /** The places of all files, for the next message, with those in `sending` behind what it holds. */
  places(sending: ReadonlyMap<Tail, Mark>): ReadonlyArray<Place> {
    let closed: number = shipLimits.closedPlaces
    return this.logs.flatMap(({ key, generations }) => {
      const sent = generations.filter((generation) => !isTail(generation) || markOf(generation, sending).offset > 0)
      // From here on it is followed, though nothing was sent yet: what is older was there before.
      const first = generations[0]
      if (sent.length === 0 && first !== undefined) {
        return [{ log: key, ...placeOf(beginning), modifiedS: first.modifiedS }]
      }
      // From the newest on, and all from there: what has no place and is newer than one that has would be sent again.
      const oldestOpen = sent.findIndex((generation) => isTail(generation) && generation.isOpen)
      const needed = oldestOpen < 0 ? sent.length - 1 : oldestOpen
      const kept = Math.max(0, Math.min(needed, closed))
      closed -= kept
      return sent.slice(Math.max(0, needed - kept)).map((generation) => {
        if (!isTail(generation)) return generation
        const mark = markOf(generation, sending)
        return { log: key, ...placeOf(mark), modifiedS: generation.modifiedS }
      })
    })
  }

  /** Looks at the folders: what is new, renamed, gone, and has grown. Answers the tails that may have something to read. */
  async scan(nowMs: number): Promise<ReadonlyArray<Tail>> {
    const isKnown = (key: string) => this.#logs.has(key)
    const listing = new Listing(isKnown, this.#files)
    const known = this.logs.map(({ path }) => path).filter((path) => path !== "")
    // A log that was renamed and has no new file yet is matched by no pattern.
    const paths = new Set([...(await findLogs(this.#options.patterns, listing)), ...known])
    const grown = await Promise.all(
      [...paths].map(async (path) => {
        const followed = this.#followed(path)
        if (followed === undefined) return []
        // A log that cannot be read, or of which a file cannot be, keeps no other one waiting.
        return await this.#scanLog(followed, listing, isKnown, nowMs).catch((error: Error) => {
          this.#tell(`${path} ${error.message}`, `${path} cannot be followed: ${error.message}. Trying again.`)
          return []
        })
      })
    )
    this.#isFirstLook = false
    this.#seenS = this.#nextSeenS
    return grown.flat()
  }

  async #scanLog(
    followed: Followed,
    listing: Listing,
    isKnown: (key: string) => boolean,
    nowMs: number
  ): Promise<ReadonlyArray<Tail>> {
    const members = await membersOf(followed.path, listing)
    for (const { modifiedMs } of members) this.#nextSeenS = Math.max(this.#nextSeenS, Math.floor(modifiedMs / 1000))
    if (!this.#hasStrangers(followed, members)) return this.#look(followed, members, nowMs, undefined)
    const state = stateOf(followed, members, nowMs)
    if (state === followed.judgedAs) return this.#look(followed, members, nowMs, undefined)
    return this.#fewAtOnce(async () => {
      const take = async () => {
        const isWanted = (member: Member) => this.#isWanted(followed, member)
        const snapshot = await takeSnapshot(followed.path, this.#files, isKnown, isWanted)
        if (snapshot === undefined || !(await this.#hasCut(followed))) return snapshot
        await snapshot.held.close()
        return undefined
      }
      let snapshot = await take()
      for (let more = 0; snapshot === undefined && (this.#isFirstLook || more < 1); more++) snapshot = await take()
      if (snapshot === undefined) return this.#look(followed, members, nowMs, undefined)
      try {
        const grown = await this.#look(followed, snapshot.members, nowMs, snapshot)
        followed.judgedAs = stateOf(followed, snapshot.members, nowMs)
        return grown
      } finally {
        await snapshot.held.close()
      }
    })
  }

  /**
   * Loses sight of the files that were cut meanwhile, before others are judged beside them: of what was written since, a copy may be there
   * already, which is none of a new file.
   */
  async #hasCut(followed: Followed): Promise<boolean> {
    let hasCut = false
    for (const tail of tailsOf(followed)) {
      if (!(await tail.isCut())) continue
      hasCut = true
      loseSight(followed, tail)
      await tail.close()
    }
    return hasCut
  }

  readonly #fewAtOnce = atMost(shipLimits.logsToldAtOnce)

  /** Whether a look into it may be needed to tell which file it is. */
  #isWanted(followed: Followed, member: Member): boolean {
    if (member.size === 0 || member.packing === "other") return false
    const settled = isSettled(followed, member) ? followed.settled.get(member.inode) : undefined
    const isKnown = tailsOf(followed).some((tail) => tail.inode === member.inode)
    return !isKnown && (settled === undefined || (settled.isCopy && isSought(followed)))
  }

  #followed(path: string): Followed | undefined {
    const key = logKey(path)
    const known = this.#logs.get(key)
    if (known === undefined && this.#logs.size >= shipLimits.logsASource) {
      this.#tell(
        "logs",
        `More than ${shipLimits.logsASource} logs match: ${path} and those after it are not sent. Give some of them to another source.`
      )
      return undefined
    }
    if (known?.path === path) return known
    const followed: Followed = { ...unlooked(), ...known, path, key, generations: known?.generations ?? [] }
    this.#logs.set(key, followed)
    return followed
  }

  #moment(nowMs: number): Moment {
    const { places, from } = this.#options
    const isOld = places === undefined && this.#isFirstLook
    return {
      nowMs,
      wallMs: this.#wallMs(),
      seenS: this.#seenS,
      from: isOld ? from : "start",
      tell: (what, sentence) => this.#tell(what, sentence)
    }
  }

  #tell(what: string, sentence: string): void {
    if (this.#told.has(what)) return
    if (this.#told.size < shipLimits.logsASource) this.#told.add(what)
    this.#options.say(sentence)
  }

  /** Files that are not told yet, or whose lines may be looked for in another file. */
  #hasStrangers(followed: Followed, members: ReadonlyArray<Member>): boolean {
    const inodes = new Set(tailsOf(followed).map((tail) => tail.inode))
    return (
      soughtOf(followed).length > 0 ||
      members.some((member) => !inodes.has(member.inode) && !isSettled(followed, member))
    )
  }

  async #look(
    followed: Followed,
    members: ReadonlyArray<Member>,
    nowMs: number,
    snapshot: Snapshot | undefined
  ): Promise<ReadonlyArray<Tail>> {
    const grown: Array<Tail> = []
    const byInode = new Map(members.map((member) => [member.inode, member]))
    for (const [i, generation] of followed.generations.entries()) {
      if (!isTail(generation) || generation.inode === undefined) continue
      const member = byInode.get(generation.inode)
      generation.isRotated = member === undefined || !member.isNewest
      if (member === undefined) {
        // Closed and gone: its lines may come back packed, with more behind them. Open, it may have grown before it was removed.
        if (!generation.isOpen) loseSight(followed, generation)
        else grown.push(generation)
        continue
      }
      if (!generation.isOpen) {
        if (generation.closedAs === shapeOf(member)) generation.path = member.path
        else {
          const again = await this.#reopened(followed, generation, member, nowMs)
          if (again === undefined) continue
          followed.generations = followed.generations.with(i, again)
          grown.push(again)
        }
        continue
      }
      generation.path = member.path
      if (member.packing !== "plain") continue
      generation.seen(member.size)
      if (member.size !== generation.read.offset || member.modifiedMs !== generation.lookedMs) grown.push(generation)
    }
    if (snapshot !== undefined) grown.push(...(await judge(followed, snapshot, this.#moment(nowMs))))
    order(followed, members)
    await release(followed, members, nowMs)
    return grown
  }

  /** A closed file that has changed: it has grown, or is another file that has its inode by now. */
  async #reopened(followed: Followed, tail: Tail, member: Member, nowMs: number): Promise<Tail | undefined> {
    const content = await openListed(this.#files, member)
    const mark =
      content &&
      (await markIn(content, tail.sent.offset).catch((error: unknown) => {
        if (error instanceof Damaged) return undefined
        throw error
      }))
    if (content !== undefined && mark !== undefined && checkOf(mark) === checkOf(tail.sent)) {
      return new Tail(member, tail.sent, nowMs, tail.head, content)
    }
    await content?.handle.close()
    loseSight(followed, tail)
    return undefined
  }

  /** Reads what has grown, see `readAhead`. */
  read(changed: Set<Tail>, nowMs: number): ReturnType<typeof readAhead> {
    return readAhead(this.logs, changed, nowMs, (what, sentence) => this.#tell(what, sentence))
  }

  /** How far the files are ahead of what is sent, see `behindOf`. */
  behind(nowMs: number): ReturnType<typeof behindOf> {
    return behindOf(this.logs, nowMs)
  }

  /** What waits to be sent, see `waitingOf`. */
  waiting(): ReturnType<typeof waitingOf> {
    return waitingOf(this.logs)
  }

  /** The open file that has this name under this folder; undefined for another one, which is to be looked at. */
  tailNamed(folder: string, name: string | undefined): Tail | undefined {
    const tail = name === undefined ? undefined : this.#named.get(join(folder, name))
    return tail?.isOpen === true ? tail : undefined
  }

  /** The files whose folders are to be watched, also where a pattern names none yet. */
  watchedPaths(patterns: ReadonlyArray<string>): ReadonlyArray<string> {
    this.#named = new Map(this.logs.flatMap((log) => tailsOf(log)).map((tail) => [tail.path, tail]))
    const plain = patterns.filter((pattern) => !/[*?[{]/.test(dirname(pattern))).map((pattern) => resolve(pattern))
    const logs = this.logs.filter(({ path }) => path !== "").map(({ path }) => path)
    return [...plain, ...logs, ...this.#named.keys()]
  }

  async close(): Promise<void> {
    for (const log of this.logs) for (const tail of tailsOf(log)) await tail.close()
  }
}
