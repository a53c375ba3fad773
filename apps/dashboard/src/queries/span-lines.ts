import { type DecidedWindow, type Rules, type SpanLine, SpanReader } from "@chaussettes/domain"
import { LogsReader, Windows } from "@chaussettes/jetstream"
import { Clock, Effect, Stream } from "effect"
import { Feed } from "../live/feed.ts"

/** Windows that are read for at a time: so many are named in memory, however long the span is. */
const windowsAtOnce = 50_000

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
  span: { readonly fromMs: number; readonly toMs: number; readonly rules: Rules },
  onLine: (line: SpanLine) => void,
  onProgress: (progress: Progress) => void
) {
  const { history } = yield* Feed
  const logs = yield* LogsReader
  const windows = yield* Windows
  const { firstSeq, lastSeq } = yield* logs.state
  const hashSeed = yield* Clock.currentTimeMillis
  const pieces: Array<ReadonlyArray<DecidedWindow>> = []
  let piece: Array<DecidedWindow> = []
  let through = 0
  history.forEach(span.fromMs, span.toMs, (chunk, i) => {
    if (piece.length === windowsAtOnce) pieces.push(piece.splice(0))
    const throughSeq = chunk.throughSeq(i)
    through = Math.max(through, throughSeq)
    piece.push({ startMs: chunk.startMs(i), throughSeq })
  })
  pieces.push(piece)
  piece = []
  let begin: number | undefined
  for (const some of pieces) {
    const [first, last] = [some[0], some[some.length - 1]]
    if (first === undefined || last === undefined) continue
    const seqs = history.seqsOf(first.startMs, last.startMs + 1)!
    const before = yield* windows.get(seqs.first - 1)
    const fromSeq = Math.max(firstSeq, before?.record.resume_seq ?? firstSeq)
    const throughSeq = Math.min(
      lastSeq,
      some.reduce((most, window) => Math.max(most, window.throughSeq), 0)
    )
    begin ??= fromSeq
    const [start, of] = [begin, Math.max(1, Math.min(lastSeq, through) - begin + 1)]
    if (throughSeq < fromSeq) continue
    const reader = new SpanReader(some, history.windowMs, span.rules, { hashSeed })
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
