import { type Followed, type Generation, isTail, tailsOf } from "./followed.ts"
import { shipLimits } from "./limits.ts"
import type { Member } from "./members.ts"

/** As their files are in the folder; one that has none there stays behind the one that it was behind. */
export const order = (followed: Followed, members: ReadonlyArray<Member>): void => {
  const at = new Map(members.map((member, i) => [member.inode, i]))
  let before = -1
  const ranked = followed.generations.map((generation) => {
    before = (isTail(generation) ? at.get(generation.inode ?? "") : undefined) ?? before
    return { generation, rank: before }
  })
  followed.generations = ranked.sort((a, b) => a.rank - b.rank).map(({ generation }) => generation)
}

/** Closes what was rotated and is quiet, and forgets what is older than all that may matter. */
export const release = async (followed: Followed, members: ReadonlyArray<Member>, nowMs: number): Promise<void> => {
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
