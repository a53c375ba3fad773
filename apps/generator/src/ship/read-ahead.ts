import { Damaged } from "@chaussettes/service"
import { type Followed, loseSight, sendableOf, tailsOf } from "./followed.ts"
import { shipLimits } from "./limits.ts"
import type { Read, Tail } from "./tail.ts"

/**
 * Reads what has grown, a log's older files before its newer ones and no more than a message or two of each log ahead. What is read to
 * its end leaves `changed`. Answers whether anything was read, and whether a file was cut, so that the folders have to be looked at.
 */
export const readAhead = async (
  all: ReadonlyArray<Followed>,
  changed: Set<Tail>,
  nowMs: number,
  tell: (what: string, sentence: string) => void
): Promise<{ readonly hasRead: boolean; readonly isCut: boolean }> => {
  const logs = all.filter((log) => tailsOf(log).some((tail) => changed.has(tail)))
  const shareBytes = Math.max(shipLimits.leastAheadBytes, Math.floor(shipLimits.aheadBytes / logs.length))
  const mostAheadBytes = Math.min(2 * shipLimits.bytesAMessage, shareBytes)
  const mostBytes = Math.min(shipLimits.readBytes, Math.max(shipLimits.leastAheadBytes, Math.floor(shareBytes / 2)))
  let [hasRead, isCut] = [false, false]
  await Promise.all(
    logs.map(async (log) => {
      for (const tail of tailsOf(log)) {
        if (!changed.has(tail)) continue
        if (tail.isFull || (tail.hasLines && tail.heldBytes >= mostAheadBytes)) return
        const read = await tail.readOn(nowMs, mostBytes).catch((error: unknown): Read => {
          if (!(error instanceof Damaged)) throw error
          tell(tail.path, `${tail.path} cannot be unpacked to its end: ${error.message}. What precedes that is sent.`)
          tail.end()
          return { _tag: "AtEnd" }
        })
        hasRead ||= read._tag === "Bytes"
        if (read._tag === "Bytes" && read.isMore) return
        changed.delete(tail)
        if (read._tag !== "Cut") continue
        isCut = true
        loseSight(log, tail)
        await tail.close()
      }
    })
  )
  for (const tail of changed) if (!tail.isOpen) changed.delete(tail)
  return { hasRead, isCut }
}

/** Open files, the bytes of them that are not sent, and for how long the oldest of these has waited. */
export const behindOf = (
  logs: ReadonlyArray<Followed>,
  nowMs: number
): { readonly files: number; readonly bytes: number; readonly ms: number } => {
  let [files, bytes, ms] = [0, 0, 0]
  for (const log of logs) {
    for (const tail of tailsOf(log)) {
      if (tail.isOpen) files++
      bytes += tail.lagBytes
      ms = Math.max(ms, tail.lagMs(nowMs))
    }
  }
  return { files, bytes, ms }
}

/** Since when the oldest line waits, by this process's clock, and whether a whole message does. */
export const waitingOf = (
  logs: ReadonlyArray<Followed>
): { readonly waitingSinceMs: number | undefined; readonly isFull: boolean } => {
  let [waitingSinceMs, isFull, bytes] = [Number.POSITIVE_INFINITY, false, 0]
  for (const log of logs) {
    for (const tail of sendableOf(log)) {
      if (!tail.hasLines) continue
      waitingSinceMs = Math.min(waitingSinceMs, tail.waitingSinceMs ?? Number.POSITIVE_INFINITY)
      bytes += tail.heldBytes
      isFull ||= tail.isFull || bytes >= shipLimits.bytesAMessage
    }
  }
  return { waitingSinceMs: Number.isFinite(waitingSinceMs) ? waitingSinceMs : undefined, isFull }
}
