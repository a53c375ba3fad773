import { Damaged } from "@chaussettes/service"
import { headIn, isUnfinished, markIn, unpackWhole } from "./content.ts"
import { shipLimits } from "./limits.ts"
import { beginsLike, checkOf, headCheckOf, type Mark, telling } from "./mark.ts"
import type { Member } from "./members.ts"
import type { Place } from "./place.ts"
import type { Snapshot } from "./snapshot.ts"

/*
 * Which of a log's files are known, which are new, and which are none of our business. It is asked at the start of a life, with the places
 * that LOGS holds, and whenever a file turns up that was not there before, with those of this life.
 */

/** A file whose lines were sent up to a place. */
export interface Known {
  readonly place: Omit<Place, "log">
  /** Its first bytes, where they were read in this life: of a file that was opened and not read yet they are all that is known. */
  readonly head: Uint8Array | undefined
  /** The file that it is, where that is known to be one of the members: it is held open. */
  readonly inode: string | undefined
}

export type Judgement =
  /** It goes on behind the place of this known file, by its number. */
  | { readonly _tag: "Known"; readonly known: number; readonly mark: Mark }
  /** All its lines are still to be sent. */
  | { readonly _tag: "New"; readonly head: Uint8Array }
  /** Its lines were sent, or were written before the log was followed. */
  | { readonly _tag: "Settled" }
  /** The lines of a followed file stand in it, too: copied or packed. */
  | { readonly _tag: "Copy" }
  /** It cannot be told now: it is empty, or holds less of a known file than was sent; `isComing`: or it is being packed. */
  | { readonly _tag: "Later"; readonly isComing: boolean }
  /** It has lines that were not sent and cannot be read. */
  | { readonly _tag: "Unreadable"; readonly why: "packing" | "damaged" | "broken off" | Error }

/** Why a file cannot be read. */
interface Broken {
  readonly why: "unfinished" | "damaged" | Error
}

/** What a file begins with. */
type Head = Uint8Array | Broken

const orWhy = async <A>(read: () => Promise<A>): Promise<A | Broken> => {
  try {
    return await read()
  } catch (error) {
    if (error instanceof Damaged) return { why: isUnfinished(error) ? "unfinished" : "damaged" }
    throw error
  }
}

const isBytes = (head: Head): head is Uint8Array => head instanceof Uint8Array

/**
 * Judges all members that are not a known file's by their inode; `known`, the members and the answer stand with the oldest first.
 *
 * - A known file is found by its content, first under the log's own name, then in plain files, then in packed ones, which may be
 *   copies: in this order, since a log is cut only when its copy is whole. It cannot be in one that was changed last before it.
 * - What else is older than a known file that was found was sent before it. So was, where none was found, what was changed last before
 *   the newest known one was.
 * - What begins like a known file, or like another new one, is a copy of it that is not complete, or holds less of it than was sent. The
 *   log's own file is never one: it is what copies are made of.
 */
export const identify = async (
  { members, held }: Snapshot,
  isJudged: (member: Member) => boolean,
  known: ReadonlyArray<Known>,
  wallMs: number
): Promise<ReadonlyMap<Member, Judgement>> => {
  const judged = new Map<Member, Judgement>()
  const byInode = new Map(known.flatMap(({ inode }, i) => (inode === undefined ? [] : [[inode, i] as const])))
  const strangers = members.filter((member) => !byInode.has(member.inode) && isJudged(member))
  const preferred = [...strangers].reverse().sort((a, b) => rankOf(a) - rankOf(b))

  const looked = new Map<Member, Head>()
  const headOf = async (member: Member): Promise<Head> => {
    const head = looked.get(member) ?? (await readHead(member))
    looked.set(member, head)
    return head
  }
  const readHead = async (member: Member): Promise<Head> => {
    if (member.size === 0 || member.packing === "other") return empty
    const content = held.contentOf(member)
    if (content === undefined) return { why: held.failures.get(member.inode) ?? "unfinished" }
    return orWhy(() => headIn(content))
  }

  /** Where the known file goes on in this one; undefined where it is another file, or one that does not hold all that was sent of it. */
  const matchIn = async (member: Member, { place, head: known }: Known): Promise<Mark | undefined> => {
    if (Math.floor(member.modifiedMs / 1000) < place.modifiedS) return undefined
    const head = await headOf(member)
    if (!isBytes(head) || head.length === 0 || !isLike(head, place, known)) return undefined
    const mark = await orWhy(() => markIn(held.contentOf(member)!, place.offset))
    if (mark === undefined) return undefined
    if (!("why" in mark)) return checkOf(mark) === place.check ? mark : undefined
    looked.set(member, mark)
    return undefined
  }

  const heads = known.flatMap(({ head }) => (head === undefined ? [] : [head]))
  const unfound: Array<Known> = []
  for (const [i, candidate] of [...known.entries()].reverse()) {
    if (candidate.place.offset === 0) continue
    const isThere = candidate.inode !== undefined
    let isFound = isThere
    for (const member of preferred) {
      if (judged.has(member) || (isThere && member.isNewest)) continue
      const mark = await matchIn(member, candidate)
      if (mark === undefined) continue
      if (isFound) judged.set(member, { _tag: "Copy" })
      else {
        judged.set(member, { _tag: "Known", known: i, mark })
        heads.push(mark.head)
        isFound = true
      }
    }
    if (!isFound) unfound.push(candidate)
  }

  const isFoundMember = (member: Member) =>
    byInode.has(member.inode) || judged.get(member)?._tag === "Known" || judged.get(member)?._tag === "Copy"
  const oldestFound = members.findIndex(isFoundMember)
  const newestS = Math.max(0, ...known.map(({ place }) => place.modifiedS))
  for (const member of preferred) {
    if (judged.has(member)) continue
    const isOlder =
      oldestFound >= 0 ? members.indexOf(member) < oldestFound : Math.floor(member.modifiedMs / 1000) < newestS
    if (isOlder && !member.isNewest) {
      judged.set(member, { _tag: "Settled" })
      continue
    }
    if (member.packing === "other") {
      judged.set(member, { _tag: "Unreadable", why: "packing" })
      continue
    }
    const head = await headOf(member)
    if (!isBytes(head)) {
      judged.set(member, unreadable(head.why, wallMs - member.modifiedMs > shipLimits.packingMs))
    } else if (head.length === 0) judged.set(member, later)
    else if (member.isNewest) {
      judged.set(member, { _tag: "New", head })
      heads.push(head)
    } else if (heads.some((other) => beginsLike(head, other)) || unfound.some(({ place }) => isLike(head, place))) {
      judged.set(member, later)
    } else {
      const broken = member.packing === "plain" ? undefined : await orWhy(() => unpackWhole(held.contentOf(member)!))
      if (broken !== undefined)
        judged.set(member, unreadable(broken.why, wallMs - member.modifiedMs > shipLimits.packingMs))
      else {
        judged.set(member, { _tag: "New", head })
        heads.push(head)
      }
    }
  }
  return new Map([...judged].sort(([a], [b]) => members.indexOf(a) - members.indexOf(b)))
}

/** Whether a file that begins like this may be the one of the place; one that is shorter may not. */
const isLike = (head: Uint8Array, place: Known["place"], known?: Uint8Array): boolean => {
  const length = Math.min(telling, place.offset)
  if (head.length < length) return false
  if (known !== undefined && !beginsLike(head, known)) return false
  return headCheckOf(head.subarray(0, length)) === place.head
}

const later: Judgement = { _tag: "Later", isComing: false }

const unreadable = (why: Broken["why"], isOver: boolean): Judgement => {
  if (why === "unfinished")
    return isOver ? { _tag: "Unreadable", why: "broken off" } : { _tag: "Later", isComing: true }
  return { _tag: "Unreadable", why }
}

const empty = new Uint8Array(0)

const rankOf = ({ isNewest, packing }: Member): number => (isNewest ? 0 : packing === "plain" ? 1 : 2)
