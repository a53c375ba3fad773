import { Damaged } from "@chaussettes/service"
import { endIn, headIn } from "./content.ts"
import {
  type Followed,
  isMissing,
  isSettled,
  isSought,
  isTail,
  isUnread,
  knownOf,
  shapeOf,
  soughtOf,
  tailsOf,
  unreadableText
} from "./followed.ts"
import { identify } from "./identify.ts"
import { beginning } from "./mark.ts"
import type { Member } from "./members.ts"
import type { Snapshot } from "./snapshot.ts"
import { Tail } from "./tail.ts"

/** What is known beside the files when they are told apart. Times: `nowMs` by this process's clock, `wallMs` by the file system's. */
export interface Moment {
  readonly nowMs: number
  readonly wallMs: number
  /** The last change of any file that was seen before. */
  readonly seenS: number
  /** Where the first look of a source of which nothing was sent finds a file. */
  readonly from: "start" | "end"
  readonly tell: (what: string, sentence: string) => void
}

/** Which of a log's files is which: opens those that are to be read, and settles those that are not. Answers what was opened or has ended. */
export const judge = async (followed: Followed, snapshot: Snapshot, moment: Moment): Promise<ReadonlyArray<Tail>> => {
  const { nowMs, wallMs, tell } = moment
  const { members, held } = snapshot
  const inodes = new Set(tailsOf(followed).map((tail) => tail.inode))
  const sought = soughtOf(followed)
  const mayBeCopies = isSought(followed)
  for (const [inode, { isCopy }] of followed.settled) {
    if ((isCopy && mayBeCopies) || !members.some((member) => member.inode === inode)) followed.settled.delete(inode)
  }
  const isStranger = (member: Member) => !inodes.has(member.inode) && !isSettled(followed, member)
  if (!members.some(isStranger)) {
    return decided(followed, sought)
  }
  if (followed.generations.length === 0) return begin(followed, snapshot, moment)
  const known = followed.generations.filter((generation) => !isTail(generation) || !isUnread(generation))
  const judged = await identify(snapshot, isStranger, known.map(knownOf), wallMs)
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
        tell(member.inode, unreadableText(member.path, judgement.why))
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
    opened.push(...decided(followed, lost))
  }
  tellMissing(followed, moment)
  return opened
}

/** Nothing holds a copy of these: what was read is all that there is. */
const decided = (followed: Followed, lost: ReadonlyArray<Tail>): ReadonlyArray<Tail> => {
  followed.isUndecided = false
  const found = followed.generations.filter((generation) => !isUnread(generation))
  // That a log is followed is not forgotten while it has no file.
  followed.generations = found.length > 0 ? found : followed.generations.filter(isMissing)
  for (const tail of lost) tail.end()
  return lost.filter((tail) => tail.read.offset > 0)
}

/** A log of which nothing was sent before. */
const begin = async (
  followed: Followed,
  { members, held }: Snapshot,
  { nowMs, seenS, from }: Moment
): Promise<ReadonlyArray<Tail>> => {
  const newest = members.filter(({ packing }) => packing === "plain").at(-1)
  const failure = newest && held.failures.get(newest.inode)
  if (failure !== undefined) throw failure
  const opened: Array<Tail> = []
  for (const member of members) {
    const isNewer = Math.floor(member.modifiedMs / 1000) >= seenS
    if (member !== newest && (!isNewer || member.packing === "other")) {
      followed.settled.set(member.inode, { shape: shapeOf(member), isCopy: false })
      continue
    }
    const content = held.contentOf(member)
    if (content === undefined) continue
    const mark = from === "end" ? await endIn(content) : beginning
    if (mark === undefined) continue
    // One that is not complete is told apart later, beside the others.
    const head = await headIn(content).catch((error: unknown) => {
      if (error instanceof Damaged) return undefined
      throw error
    })
    if (head === undefined) continue
    opened.push(new Tail(member, mark, nowMs, head, held.take(member)!))
  }
  followed.generations = opened
  followed.isUndecided = false
  return opened
}

const tellMissing = (followed: Followed, { tell }: Moment): void => {
  const newest = followed.generations.at(-1)
  const missing = followed.generations.filter(isMissing).findLast(({ offset }) => offset > 0)
  if (missing === undefined || followed.isUndecided || newest === undefined) return
  tell(
    `missing ${followed.key}`,
    `${followed.path}: the file that was sent up to byte ${missing.offset} no longer exists. Lines written to it after that are not sent, unless it comes back.`
  )
}
