import type { Judgement, Known } from "./identify.ts"
import { shipLimits } from "./limits.ts"
import { checkOf, headCheckOf, type Mark } from "./mark.ts"
import type { Member } from "./members.ts"
import type { Place } from "./place.ts"
import { Tail } from "./tail.ts"

/** A file of a log: one that is read, or was; or the place of one that was read by an earlier life and has not been found yet. */
export type Generation = Tail | Place

export const isTail = (generation: Generation): generation is Tail => generation instanceof Tail
export const isMissing = (generation: Generation): generation is Place => !isTail(generation)

/** A log, its files with the oldest first. */
export interface Followed {
  readonly path: string
  readonly key: string
  generations: ReadonlyArray<Generation>
  /** Files whose lines are not to be sent, by their inode, as they were when that was found. */
  readonly settled: Map<string, { readonly shape: string; readonly isCopy: boolean }>
  /** What was there when its files were told apart last: nothing is won by doing it again. */
  judgedAs: string
  /** Which file is which is not known for now: what was lost sight of, or is not told yet, may turn up in another file. */
  isUndecided: boolean
}

export const unlooked = (): Pick<Followed, "settled" | "judgedAs" | "isUndecided"> => ({
  settled: new Map(),
  judgedAs: "",
  isUndecided: true
})

export const placeOf = (mark: Mark): Pick<Place, "offset" | "check" | "head"> => ({
  offset: mark.offset,
  check: checkOf(mark),
  head: headCheckOf(mark.head)
})

/** Where a tail is behind the message that is being sent. */
export const markOf = (tail: Tail, sending: ReadonlyMap<Tail, Mark>): Mark => sending.get(tail) ?? tail.sent

/** What changes where a file's content does. */
export const shapeOf = ({ size, modifiedMs }: Member) => `${size} ${modifiedMs}`

/** Its files that were opened in this life. */
export const tailsOf = (log: Followed): ReadonlyArray<Tail> => log.generations.filter(isTail)

const isSoughtTail = (tail: Tail): boolean => tail.inode === undefined && !tail.isEnded

/** Those whose file was cut or is gone: their lines may go on in a copy. */
export const soughtOf = (log: Followed): ReadonlyArray<Tail> => tailsOf(log).filter(isSoughtTail)

/** Nothing was read of it before it was lost sight of: what was in it is found as in any new file. */
export const isUnread = (generation: Generation): boolean =>
  isTail(generation) ? isSoughtTail(generation) && generation.read.offset === 0 : generation.offset === 0

/** Its file was cut, or is gone: its lines may go on in a copy. */
export const loseSight = (followed: Followed, tail: Tail): void => {
  tail.unreadBytes = 0
  tail.inode = undefined
  if (!tail.isEnded) followed.isUndecided = true
}

/** Its files that may be sent now: nothing newer goes before the rest of one that is looked for. */
export const sendableOf = (log: Followed): ReadonlyArray<Tail> => {
  const sendable: Array<Tail> = []
  for (const generation of log.generations) {
    if (isTail(generation)) sendable.push(generation)
    if (log.isUndecided && (isMissing(generation) || isSoughtTail(generation))) break
  }
  return sendable
}

/** Whether the lines of a known file are looked for: the copy of one that is not open is all that may be left of it. */
export const isSought = (log: Followed): boolean => soughtOf(log).length > 0 || log.generations.some(isMissing)

/** All that it depends on which files are told to be which; now and then it is asked again all the same. */
export const stateOf = (log: Followed, members: ReadonlyArray<Member>, nowMs: number): string => {
  const files = members.map((member) => `${member.path} ${member.inode} ${shapeOf(member)}`)
  const generations = log.generations.map((generation) =>
    isTail(generation) ? `${generation.inode} ${generation.isEnded} ${generation.heldBytes > 0}` : generation.check
  )
  return [Math.floor(nowMs / shipLimits.quietMs), ...files, ...generations].join("\n")
}

export const isSettled = (followed: Followed, member: Member): boolean =>
  followed.settled.get(member.inode)?.shape === shapeOf(member)

export const knownOf = (generation: Generation): Known => {
  if (!isTail(generation)) return { place: generation, head: undefined, inode: undefined }
  const { read, modifiedS, inode, head } = generation
  return { place: { ...placeOf(read), modifiedS }, head, inode }
}

export const unreadableText = (
  path: string,
  why: Extract<Judgement, { readonly _tag: "Unreadable" }>["why"]
): string => {
  const may = `${path} may hold lines that were not sent`
  if (why instanceof Error) return `${may}, and cannot be read: ${why.message}. Trying again.`
  switch (why) {
    case "packing":
      return `${may}, and cannot be unpacked: unpack it beside the log to have them sent.`
    case "damaged":
      return `${may}, and cannot be unpacked, since its packed data is damaged. Put a whole copy in its place.`
    case "broken off":
      return `${may}, and cannot be unpacked, since its packed data ends in the middle. Put a whole copy in its place.`
  }
}
