import { type DecidedWindow, type Rules, type SpanLine, SpanReader } from "@chaussettes/domain"
import { LogsReader, Windows } from "@chaussettes/jetstream"
import { Clock, Effect, Stream } from "effect"
import { Feed } from "../live/feed.ts"

const defaultWindowsAtOnce = 50_000

/** How much of LOGS has been read of what has to be. */
export interface Progress {
  readonly read: number
  readonly of: number
}

/**
 * Hands on each line of the windows of [fromMs, toMs), as far as LOGS still has it, and tells how far it has come. A long span is read piece by piece:
 * which lines a window counts follows from its record alone, so each line is met once.
 */
export const readSpanLines = Effect.fn("readSpanLines")(function* (
  span: {
    readonly fromMs: number
    readonly toMs: number
    readonly rules: Rules
    /** Windows that are read for at a time. */
    readonly windowsAtOnce?: number
  },
  onLine: (line: SpanLine) => void,
  onProgress: (progress: Progress) => void
) {
  const { fromMs, toMs, rules, windowsAtOnce = defaultWindowsAtOnce } = span
  const { history } = yield* Feed
  const logs = yield* LogsReader
  const windows = yield* Windows
  const { firstSeq, lastSeq } = yield* logs.state
  const hashSeed = yield* Clock.currentTimeMillis
  /** Where each piece begins; the windows of one alone are named at a time. */
  const starts: Array<number> = []
  let [count, through] = [0, 0]
  history.forEach(fromMs, toMs, (chunk, i) => {
    if (count++ % windowsAtOnce === 0) starts.push(chunk.startMs(i))
    through = Math.max(through, chunk.throughSeq(i))
  })
  let begin: number | undefined
  for (const [i, startMs] of starts.entries()) {
    const endMs = starts[i + 1] ?? toMs
    const some: Array<DecidedWindow> = []
    history.forEach(startMs, endMs, (chunk, k) => {
      some.push({ startMs: chunk.startMs(k), throughSeq: chunk.throughSeq(k) })
    })
    const seqs = history.seqsOf(startMs, endMs)!
    const before = yield* windows.get(seqs.first - 1)
    const fromSeq = Math.max(firstSeq, before?.record.resume_seq ?? firstSeq)
    const throughSeq = Math.min(
      lastSeq,
      some.reduce((most, window) => Math.max(most, window.throughSeq), 0)
    )
    begin ??= fromSeq
    const [start, of] = [begin, Math.max(1, Math.min(lastSeq, through) - begin + 1)]
    if (throughSeq < fromSeq) continue
    const reader = new SpanReader(some, history.windowMs, rules, { hashSeed })
    yield* logs.read({ fromSeq, throughSeq }).pipe(
      Stream.runForEach(({ batch }) =>
        Effect.andThen(
          Effect.sync(() => {
            reader.read(batch, onLine)
            const seq = batch.seqs[batch.messages - 1] ?? fromSeq
            onProgress({ read: Math.max(0, Math.min(of, seq - start + 1)), of })
          }),
          Effect.yieldNow
        )
      )
    )
  }
})
