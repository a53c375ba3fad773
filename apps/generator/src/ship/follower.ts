import { dirname, join, resolve } from "node:path"
import { BadGzip } from "../replay/input.ts"
import { atMost } from "./at-most.ts"
import { endIn, headIn, markIn } from "./content.ts"
import { type Files, machineFiles } from "./files.ts"
import {
  type Followed,
  type Generation,
  isMissing,
  isSettled,
  isSought,
  isTail,
  isUnread,
  knownOf,
  markOf,
  placeOf,
  sendableOf,
  shapeOf,
  soughtOf,
  stateOf,
  tailsOf,
  unlooked,
  unreadableText
} from "./followed.ts"
import { identify } from "./identify.ts"
import { shipLimits } from "./limits.ts"
import { beginning, checkOf, type Mark } from "./mark.ts"
import { findLogs, Listing, type Member, membersOf } from "./members.ts"
import { logKey, type Place } from "./place.ts"
import { openListed, type Snapshot, takeSnapshot } from "./snapshot.ts"
import { type Read, Tail } from "./tail.ts"

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
          this.#tell(`${path} ${error.message}`, `${path} cannot be followed: ${error.message}. It is tried again.`)
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
      this.#loseSight(followed, tail)
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
        if (!generation.isOpen) this.#loseSight(followed, generation)
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
    if (snapshot !== undefined) grown.push(...(await this.#judge(followed, snapshot, nowMs)))
    this.#order(followed, members)
    await this.#release(followed, members, nowMs)
    return grown
  }

  /** A closed file that has changed: it has grown, or is another file that has its inode by now. */
  async #reopened(followed: Followed, tail: Tail, member: Member, nowMs: number): Promise<Tail | undefined> {
    const content = await openListed(this.#files, member)
    const mark =
      content &&
      (await markIn(content, tail.sent.offset).catch((error: unknown) => {
        if (error instanceof BadGzip) return undefined
        throw error
      }))
    if (content !== undefined && mark !== undefined && checkOf(mark) === checkOf(tail.sent)) {
      return new Tail(member, tail.sent, nowMs, tail.head, content)
    }
    await content?.handle.close()
    this.#loseSight(followed, tail)
    return undefined
  }

  #loseSight(followed: Followed, tail: Tail): void {
    tail.unreadBytes = 0
    tail.inode = undefined
    if (!tail.isEnded) followed.isUndecided = true
  }

  async #judge(followed: Followed, snapshot: Snapshot, nowMs: number): Promise<ReadonlyArray<Tail>> {
    const { members, held } = snapshot
    const inodes = new Set(tailsOf(followed).map((tail) => tail.inode))
    const sought = soughtOf(followed)
    const mayBeCopies = isSought(followed)
    for (const [inode, { isCopy }] of followed.settled) {
      if ((isCopy && mayBeCopies) || !members.some((member) => member.inode === inode)) followed.settled.delete(inode)
    }
    const isStranger = (member: Member) => !inodes.has(member.inode) && !isSettled(followed, member)
    if (!members.some(isStranger)) {
      return this.#decided(followed, sought)
    }
    if (followed.generations.length === 0) return this.#begin(followed, snapshot, nowMs)
    const known = followed.generations.filter((generation) => !isTail(generation) || !isUnread(generation))
    const judged = await identify(snapshot, isStranger, known.map(knownOf), this.#wallMs())
    const opened: Array<Tail> = []
    for (const [member, judgement] of judged) {
      switch (judgement._tag) {
        case "Known":
        case "New": {
          const generation = judgement._tag === "Known" ? known[judgement.known]! : undefined
          const isHeld = generation !== undefined && isTail(generation) && generation.heldBytes > 0
          // One that was ended is left alone until all of it is sent.
          if (isHeld && generation.isEnded) break
          const content = held.take(member)!
          if (isHeld) {
            await generation.goOnIn(member, content)
            opened.push(generation)
            break
          }
          const [mark, head] =
            judgement._tag === "Known" ? [judgement.mark, judgement.mark.head] : [beginning, judgement.head]
          const tail = new Tail(member, mark, nowMs, head, content)
          followed.generations =
            generation === undefined
              ? [...followed.generations, tail]
              : followed.generations.map((other) => (other === generation ? tail : other))
          opened.push(tail)
          break
        }
        case "Unreadable":
          this.#tell(member.inode, unreadableText(member.path, judgement.why))
          // One that may not be opened may be some time.
          if (!(judgement.why instanceof Error)) {
            followed.settled.set(member.inode, { shape: shapeOf(member), isCopy: false })
          }
          break
        case "Settled":
        case "Copy":
          followed.settled.set(member.inode, { shape: shapeOf(member), isCopy: judgement._tag === "Copy" })
          break
        case "Later":
          break
      }
    }
    followed.isUndecided = [...judged.values()].some((judgement) => judgement._tag === "Later" && judgement.isComing)
    if (!followed.isUndecided) {
      const lost = sought.filter((tail) => tail.inode === undefined)
      opened.push(...this.#decided(followed, lost))
    }
    this.#tellMissing(followed, followed.isUndecided)
    return opened
  }

  /** Nothing holds a copy of these: what was read is all that there is. */
  #decided(followed: Followed, lost: ReadonlyArray<Tail>): ReadonlyArray<Tail> {
    followed.isUndecided = false
    const found = followed.generations.filter((generation) => !isUnread(generation))
    // That a log is followed is not forgotten while it has no file.
    followed.generations = found.length > 0 ? found : followed.generations.filter(isMissing)
    for (const tail of lost) tail.end()
    return lost.filter((tail) => tail.read.offset > 0)
  }

  /** A log of which nothing was sent before. */
  async #begin(followed: Followed, { members, held }: Snapshot, nowMs: number): Promise<ReadonlyArray<Tail>> {
    const newest = members.filter(({ packing }) => packing === "plain").at(-1)
    const failure = newest && held.failures.get(newest.inode)
    if (failure !== undefined) throw failure
    const opened: Array<Tail> = []
    for (const member of members) {
      const isNewer = Math.floor(member.modifiedMs / 1000) >= this.#seenS
      if (member !== newest && (!isNewer || member.packing === "other")) {
        followed.settled.set(member.inode, { shape: shapeOf(member), isCopy: false })
        continue
      }
      const content = held.contentOf(member)
      if (content === undefined) continue
      const isOld = this.#options.places === undefined && this.#isFirstLook
      const mark = isOld && this.#options.from === "end" ? await endIn(content) : beginning
      if (mark === undefined) continue
      // One that is not complete is told apart later, beside the others.
      const head = await headIn(content).catch((error: unknown) => {
        if (error instanceof BadGzip) return undefined
        throw error
      })
      if (head === undefined) continue
      opened.push(new Tail(member, mark, nowMs, head, held.take(member)!))
    }
    followed.generations = opened
    followed.isUndecided = false
    return opened
  }

  #tellMissing(followed: Followed, mayStillCome: boolean): void {
    const newest = followed.generations.at(-1)
    const missing = followed.generations.filter(isMissing).findLast(({ offset }) => offset > 0)
    if (missing === undefined || mayStillCome || newest === undefined) return
    this.#tell(
      `missing ${followed.key}`,
      `${followed.path}: the file that was sent up to byte ${missing.offset} is not there any more. Lines that were written to it after that are not sent, unless it comes back.`
    )
  }

  /** As their files are in the folder; one that has none there stays behind the one that it was behind. */
  #order(followed: Followed, members: ReadonlyArray<Member>): void {
    const at = new Map(members.map((member, i) => [member.inode, i]))
    let before = -1
    const ranked = followed.generations.map((generation) => {
      before = (isTail(generation) ? at.get(generation.inode ?? "") : undefined) ?? before
      return { generation, rank: before }
    })
    followed.generations = ranked.sort((a, b) => a.rank - b.rank).map(({ generation }) => generation)
  }

  /** Closes what was rotated and is quiet, and forgets what is older than all that may matter. */
  async #release(followed: Followed, members: ReadonlyArray<Member>, nowMs: number): Promise<void> {
    const rotatedTails = tailsOf(followed).slice(0, -1)
    for (const [i, tail] of rotatedTails.entries()) {
      const isOld = i < rotatedTails.length - shipLimits.openFilesALog
      const isQuiet = isOld || nowMs - tail.quietSinceMs > shipLimits.quietMs
      if (!tail.isRotated || tail.hasLines || tail.unreadBytes > 0 || !(isQuiet || tail.isEnded)) continue
      if (await tail.hasGrown()) continue
      if (tail.heldBytes > 0) tail.end()
      else if (tail.isOpen) await tail.close()
    }
    // While one is looked for, the oldest places tell what is older than all of them, and so was sent.
    if (followed.isUndecided) return
    const isDone = (generation: Generation) => !isTail(generation) || (!generation.isOpen && generation.heldBytes === 0)
    const inodes = new Set(members.map(({ inode }) => inode))
    const isThere = (generation: Generation) =>
      isTail(generation) && generation.inode !== undefined && inodes.has(generation.inode)
    // What is older than the oldest that is found was sent: so that one has to be sent, and all before it.
    const mayGo = () => {
      const next = followed.generations.slice(1).find((generation) => isThere(generation) || !isDone(generation))
      const isSent = next !== undefined && isThere(next) && isTail(next) && next.sent.offset > 0
      return isSent || followed.generations.length > shipLimits.mostGenerationsALog
    }
    while (followed.generations.length > shipLimits.openFilesALog && isDone(followed.generations[0]!) && mayGo()) {
      followed.generations = followed.generations.slice(1)
    }
  }

  /**
   * Reads what has grown, a log's older files before its newer ones and no more than a message or two of each log ahead. What is read to
   * its end leaves `changed`. Answers whether anything was read, and whether a file was cut, so that the folders have to be looked at.
   */
  async read(changed: Set<Tail>, nowMs: number): Promise<{ readonly hasRead: boolean; readonly isCut: boolean }> {
    const logs = this.logs.filter((log) => tailsOf(log).some((tail) => changed.has(tail)))
    const shareBytes = Math.max(shipLimits.leastAheadBytes, Math.floor(shipLimits.aheadBytes / logs.length))
    const mostAheadBytes = Math.min(2 * shipLimits.bytesAMessage, shareBytes)
    const mostBytes = Math.min(shipLimits.readBytes, shareBytes)
    let [hasRead, isCut] = [false, false]
    await Promise.all(
      logs.map(async (log) => {
        for (const tail of tailsOf(log)) {
          if (!changed.has(tail)) continue
          if (tail.isFull || (tail.hasLines && tail.heldBytes >= mostAheadBytes)) return
          const read = await tail.readOn(nowMs, mostBytes).catch((error: unknown): Read => {
            if (!(error instanceof BadGzip)) throw error
            this.#tell(
              tail.path,
              `${tail.path} cannot be unpacked to its end: ${error.message}. What stood before that is sent.`
            )
            tail.end()
            return { _tag: "AtEnd" }
          })
          hasRead ||= read._tag === "Bytes"
          if (read._tag === "Bytes" && read.isMore) return
          changed.delete(tail)
          if (read._tag !== "Cut") continue
          isCut = true
          this.#loseSight(log, tail)
          await tail.close()
        }
      })
    )
    for (const tail of changed) if (!tail.isOpen) changed.delete(tail)
    return { hasRead, isCut }
  }

  /** Open files, the bytes of them that are not sent, and for how long the oldest of these has waited. */
  behind(nowMs: number): { readonly files: number; readonly bytes: number; readonly ms: number } {
    let [files, bytes, ms] = [0, 0, 0]
    for (const log of this.#logs.values()) {
      for (const tail of tailsOf(log)) {
        if (tail.isOpen) files++
        bytes += tail.lagBytes
        ms = Math.max(ms, tail.lagMs(nowMs))
      }
    }
    return { files, bytes, ms }
  }

  /** Since when the oldest line waits, by this process's clock, and whether a whole message does. */
  waiting(): { readonly waitingSinceMs: number | undefined; readonly isFull: boolean } {
    let [waitingSinceMs, isFull, bytes] = [Number.POSITIVE_INFINITY, false, 0]
    for (const log of this.#logs.values()) {
      for (const tail of sendableOf(log)) {
        if (!tail.hasLines) continue
        waitingSinceMs = Math.min(waitingSinceMs, tail.waitingSinceMs ?? Number.POSITIVE_INFINITY)
        bytes += tail.heldBytes
        isFull ||= tail.isFull || bytes >= shipLimits.bytesAMessage
      }
    }
    return { waitingSinceMs: Number.isFinite(waitingSinceMs) ? waitingSinceMs : undefined, isFull }
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
