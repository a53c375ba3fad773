import { logsStream } from "@chaussettes/jetstream/topology"
import { catchUpMs } from "@chaussettes/readmodel"
import { formatSpan } from "@chaussettes/service"

/** How far reading is, at a moment. */
export interface Progress {
  readonly atMs: number
  readonly readSeq: number
  readonly lastSeq: number
}

/** Fewer messages than this are read before a sentence about them is. */
const worthASentence = 1_000

/**
 * What a detector that is behind says of itself between two looks: how much is left and how long that takes, at the rate at which it gains on what
 * still comes in. Nothing while it keeps up.
 */
export const catchingUpWords = (before: Progress, now: Progress): string | undefined => {
  const left = now.lastSeq - now.readSeq
  if (left < worthASentence || before.readSeq === 0) return undefined
  const seconds = (now.atMs - before.atMs) / 1000
  const rate = Math.round((now.readSeq - before.readSeq) / seconds)
  const behind = `Catching up: ${left.toLocaleString("en")} messages of ${logsStream} left, ${rate.toLocaleString("en")} read a second`
  const leftMs = catchUpMs(
    { atMs: before.atMs, messages: before.lastSeq - before.readSeq },
    { atMs: now.atMs, messages: left }
  )
  if (leftMs === undefined) return `${behind}; more comes in than is read.`
  return `${behind}, about ${formatSpan(Math.max(1, Math.round(leftMs / 1000)) * 1000)} to go.`
}
