import { rm } from "node:fs/promises"
import { join } from "node:path"
import type { LogBatch, Watermark } from "@chaussettes/domain"
import type { JetStreamManager } from "@nats-io/jetstream"
import { Effect, Fiber, Stream } from "effect"
import { type LogsRead, logsStream, type StoreError } from "../src/index.ts"
import type { RunningServer } from "../src/testing/index.ts"

/** A message as a test compares it. */
export interface Seen {
  readonly seq: number
  readonly source: string
  readonly text: string
  readonly watermark?: Watermark
  readonly format?: string
}

export const seenIn = (batch: LogBatch): ReadonlyArray<Seen> => {
  const watermarks = new Map(batch.watermarks)
  const formatOf = (i: number) => batch.formats.findLast(([from]) => from <= i)?.[1] ?? ""
  return Array.from({ length: batch.messages }, (_, i) => {
    const watermark = watermarks.get(i)
    return {
      seq: batch.seqs[i]!,
      source: batch.sources[batch.sourceOf[i]!]!,
      text: Buffer.from(batch.bytes.subarray(batch.offsets[i], batch.offsets[i + 1])).toString("utf8"),
      ...(watermark === undefined ? {} : { watermark }),
      ...(formatOf(i) === "" ? {} : { format: formatOf(i) })
    }
  })
}

export const readAll = (stream: Stream.Stream<LogsRead, StoreError>): Effect.Effect<ReadonlyArray<Seen>, StoreError> =>
  Effect.map(Stream.runCollect(stream), (reads) => reads.flatMap(({ batch }) => seenIn(batch)))

/** Waits until a condition holds, by polling it; dies with what is seen when it does not within the limit. */
export const eventually = (what: string, condition: () => boolean, limitMs = 20_000): Effect.Effect<void> =>
  Effect.gen(function* () {
    const untilMs = Date.now() + limitMs
    while (!condition()) {
      if (Date.now() > untilMs) return yield* Effect.die(new Error(`within ${limitMs} ms it was not so that ${what}`))
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
    }
  })

interface Following {
  readonly seen: Array<Seen>
  /** What the last read said. */
  caughtUp: boolean
  reads: number
  error: StoreError | undefined
  ended: boolean
}

/** Reads in the background, until the scope ends. */
export const following = (stream: Stream.Stream<LogsRead, StoreError>) =>
  Effect.gen(function* () {
    const state: Following = { seen: [], caughtUp: false, reads: 0, error: undefined, ended: false }
    const fiber = yield* Stream.runForEach(stream, ({ batch, caughtUp }) =>
      Effect.sync(() => {
        state.reads++
        state.caughtUp = caughtUp
        for (const message of seenIn(batch)) state.seen.push(message)
      })
    ).pipe(
      Effect.matchEffect({
        onFailure: (error) =>
          Effect.sync(() => {
            state.error = error
          }),
        onSuccess: () =>
          Effect.sync(() => {
            state.ended = true
          })
      }),
      Effect.forkScoped
    )
    return Object.assign(state, { stop: Fiber.interrupt(fiber) })
  })

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/**
 * Deletes LOGS and makes it anew. nats-server 2.15 may leave files of the deleted stream behind on a busy machine, and a stream
 * made at once takes their messages up again: so they are removed here.
 */
export const recreateLogs = (
  server: RunningServer,
  jsm: JetStreamManager,
  create: Effect.Effect<unknown>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* Effect.promise(() => jsm.streams.delete(logsStream))
    const files = join(server.storeDir, "jetstream", "$G", "streams", logsStream)
    yield* Effect.promise(() => rm(files, { recursive: true, force: true, maxRetries: 10 }))
    yield* create
  })
