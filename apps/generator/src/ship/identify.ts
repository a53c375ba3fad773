import { headIn, later, markIn } from "./content.ts"
import { beginsLike, checkOf, type Mark } from "./mark.ts"
import type { Member } from "./members.ts"
import type { Place } from "./place.ts"

/*
 * Which of a log's files are known, which are new, and which are none of our business. It is asked at the start of a life, with the places
 * that LOGS holds, and whenever a file turns up that was not there before, with those of this life.
 */

/** A file whose lines were sent up to a place. */
export interface Known {
  readonly place: Pick<Place, "offset" | "check" | "modifiedS">
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
  /** The lines of a followed file stand in it, too: copied, packed, or about to be. */
  | { readonly _tag: "Copy" }
  /** It cannot be told now: it is empty, or was renamed meanwhile. */
  | { readonly _tag: "Later" }
  /** It has lines that were not sent and is packed in a way that cannot be read. */
  | { readonly _tag: "Unreadable" }

/**
 * What rounds that were disturbed have read, by file and place: while files are renamed faster than all are read, each round still comes
 * further than the one before.
 */
export type Looked = Map<string, Mark>

/**
 * Judges all members that are not a known file's by their inode; `known`, `members` and the answer stand with the oldest first.
 *
 * - A known file is found by its content, first under the log's own name, then in plain files, then in packed ones, which may be
 *   copies. It cannot be in one that was changed last before it.
 * - What else is older than a known file that was found was sent before it. So was, where none was found, what was changed last before
 *   the newest known one was.
 * - While files are renamed or packed under our hands nothing is told: a newer file must not go before an older one.
 * - What begins like a known file, or like another new one, is a copy of it that is not complete, or will be: it is looked at again.
 */
export const identify = async (
  members: ReadonlyArray<Member>,
  known: ReadonlyArray<Known>,
  looked: Looked
): Promise<ReadonlyMap<Member, Judgement>> => {
  const judged = new Map<Member, Judgement>()
  const byInode = new Map(known.flatMap(({ inode }, i) => (inode === undefined ? [] : [[inode, i] as const])))
  const strangers = members.filter(({ inode }) => !byInode.has(inode))
  const preferred = [...strangers].reverse().sort((a, b) => rankOf(a) - rankOf(b))
  const heads = known.flatMap(({ head }) => (head === undefined ? [] : [head]))

  const isMatch = async (member: Member, { place }: Known): Promise<Mark | undefined | typeof later> => {
    if (member.packing === "other" || Math.floor(member.modifiedMs / 1000) < place.modifiedS) return undefined
    if (member.packing === "plain" && member.size < place.offset) return undefined
    // Inodes are used again at once: the same one with another size or time is another file.
    const name = `${member.inode} ${member.size} ${member.modifiedMs} ${place.offset}`
    const mark = looked.get(name) ?? (await markIn(member, place.offset))
    if (mark === later || mark === undefined) return mark
    looked.set(name, mark)
    return checkOf(mark) === place.check ? mark : undefined
  }

  /** A file was renamed or packed under our hands: what is older and newer than it cannot be told in this round. */
  let isDisturbed = false
  for (const [i, candidate] of [...known.entries()].reverse()) {
    if (candidate.place.offset === 0) continue
    let isFound = candidate.inode !== undefined
    for (const member of preferred) {
      if (judged.has(member)) continue
      const mark = await isMatch(member, candidate)
      if (mark === undefined) continue
      if (mark === later) {
        judged.set(member, { _tag: "Later" })
        isDisturbed = true
      } else if (isFound) judged.set(member, { _tag: "Copy" })
      else {
        judged.set(member, { _tag: "Known", known: i, mark })
        heads.push(mark.head)
        isFound = true
      }
    }
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
      judged.set(member, { _tag: "Unreadable" })
      continue
    }
    const head = member.size === 0 ? empty : await headIn(member)
    if (head === later) isDisturbed = true
    if (head === later || head.length === 0 || heads.some((other) => beginsLike(head, other))) {
      judged.set(member, { _tag: "Later" })
      continue
    }
    judged.set(member, { _tag: "New", head })
    heads.push(head)
  }
  if (!isDisturbed) looked.clear()
  else {
    for (const member of judged.keys()) judged.set(member, { _tag: "Later" })
  }
  return new Map([...judged].sort(([a], [b]) => members.indexOf(a) - members.indexOf(b)))
}

const empty = new Uint8Array(0)

const rankOf = ({ isNewest, packing }: Member): number => (isNewest ? 0 : packing === "plain" ? 1 : 2)
