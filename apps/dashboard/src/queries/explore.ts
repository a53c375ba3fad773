import {
  defaultSettings,
  ERROR,
  isClientError,
  isServerError,
  type KeyDimension,
  KeyTable,
  keyDimensionsIn,
  mapKeyDimensions,
  newestOf,
  rulesOf,
  type SpanLine
} from "@chaussettes/domain"
import type { LogsReader, StoreError, Unreadable, Windows } from "@chaussettes/jetstream"
import { lineText } from "@chaussettes/presentation"
import { type Cause, Effect, Queue, Stream } from "effect"
import type { ExploreEvent, ExploreQuery, ExploreResponse } from "../api/index.ts"
import { Feed } from "../live/feed.ts"
import { counting, maxLines, TooManyLines } from "./counting.ts"
import { readSpanLines } from "./span-lines.ts"
import type { Busy } from "./turn.ts"

const defaultPoints = 400
const defaultKeys = 25
const defaultLines = 200
/** Keys counted of a dimension, and what their texts may take: a table of them has 10 MB. Beyond it the rarest are forgotten, and that is said. */
const maxKeys = 100_000
const maxKeyBytes = 8 * 1024 * 1024
/** How often it is told how far the count is. */
const tellEveryMs = 150
/** Events that may wait for a slow reader; of progress only the newest matter. */
const maxWaiting = 8

export type ExploreError = Busy | TooManyLines | StoreError | Unreadable | Cause.TimeoutError

type Class = NonNullable<ExploreQuery["class"]>

const isOf = (wanted: Class, error: boolean, status: number): boolean =>
  wanted === "errors" ? error : wanted === "4xx" ? isClientError(status) : isServerError(status)

type Line = NonNullable<ExploreResponse["lines"]>[number]

/** Buckets of the course, by their number. */
interface Bucket {
  total: number
  errors: number
  clientErrors: number
  serverErrors: number
}

const empty = (): Bucket => ({ total: 0, errors: 0, clientErrors: 0, serverErrors: 0 })

const utf8 = new TextEncoder()

/** Counts lines of a span: over time, by status and by key; of all of them, or of those of one key. */
class SpanCount {
  readonly sum = empty()
  readonly #query: ExploreQuery
  readonly #bucketMs: number
  readonly #class: Class
  readonly #buckets = new Map<number, Bucket>()
  readonly #statuses = new Map<number, number>()
  readonly #tables: ReadonlyArray<{ readonly dimension: KeyDimension; readonly table: KeyTable }>
  readonly #wanted: Uint8Array | undefined
  readonly #mostLines: number
  readonly #first: Array<Line> = []
  readonly #others: Array<Line> = []
  #bucket: Bucket = empty()
  #bucketAt = Number.NaN

  constructor(query: ExploreQuery, bucketMs: number, on: ReadonlyArray<KeyDimension>, withLines: boolean) {
    this.#query = query
    this.#bucketMs = bucketMs
    this.#class = query.class ?? "errors"
    this.#wanted = query.dimension === undefined || query.key === undefined ? undefined : utf8.encode(query.key)
    this.#mostLines = withLines ? (query.lines ?? defaultLines) : 0
    this.#tables = on.map((dimension) => ({ dimension, table: new KeyTable(maxKeys, maxKeyBytes, { keys: 0 }) }))
  }

  readonly add = (line: SpanLine): void => {
    const own = this.#wanted === undefined ? undefined : line.keys[this.#query.dimension!]
    if (this.#wanted !== undefined && (own === undefined || own.start < 0 || !isSame(this.#wanted, own))) return
    const error = own === undefined ? line.isError : (line.markOf(own) & ERROR) !== 0
    const { status } = line
    const at = Math.floor(line.timeMs / this.#bucketMs)
    if (at !== this.#bucketAt) {
      this.#bucketAt = at
      this.#bucket = this.#buckets.get(at) ?? empty()
      this.#buckets.set(at, this.#bucket)
    }
    for (const counts of [this.#bucket, this.sum]) {
      counts.total++
      if (error) counts.errors++
      if (isClientError(status)) counts.clientErrors++
      else if (isServerError(status)) counts.serverErrors++
    }
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1)
    for (const { dimension, table } of this.#tables) {
      const key = line.keys[dimension]!
      if (key.start >= 0) table.add(key.bytes, key.start, key.end, key.hash, line.markOf(key), 0)
    }
    this.#keep(line, error)
  }

  /** What was asked for comes first, and of the others as many. */
  #keep(line: SpanLine, error: boolean): void {
    const into = isOf(this.#class, error, line.status) ? this.#first : this.#others
    if (into.length >= this.#mostLines) return
    const { seq, line: place, source, timeMs, status } = line
    const text = lineText(line.bytes.slice(line.start, line.end))
    into.push({ seq, line: place, source, timeMs, status, error, text })
  }

  get lines(): ReadonlyArray<Line> {
    return [...this.#first, ...this.#others].slice(0, this.#mostLines)
  }

  get statuses(): { readonly [status: string]: number } {
    return Object.fromEntries(this.#statuses)
  }

  get course(): ExploreResponse["course"] {
    const some = [...this.#buckets].sort(([a], [b]) => a - b)
    const column = (of: (bucket: Bucket) => number) => some.map(([, bucket]) => of(bucket))
    return {
      startMs: some.map(([at]) => at * this.#bucketMs),
      total: column((b) => b.total),
      errors: column((b) => b.errors),
      clientErrors: column((b) => b.clientErrors),
      serverErrors: column((b) => b.serverErrors)
    }
  }

  get top(): ExploreResponse["top"] {
    return mapKeyDimensions(
      (dimension) => this.#topOf(this.#tables.find((t) => t.dimension === dimension)!.table),
      this.#tables.map(({ dimension }) => dimension)
    )
  }

  #topOf(table: KeyTable): ExploreResponse["top"]["ip"] {
    const of = (i: number): number =>
      this.#class === "errors" ? table.errors(i) : this.#class === "4xx" ? table.clientErrors(i) : table.serverErrors(i)
    const find = this.#query.find?.toLowerCase() ?? ""
    const places: Array<number> = []
    for (let i = 0; i < table.count; i++) {
      if (find === "" || lineText(table.key(i)).toLowerCase().includes(find)) places.push(i)
    }
    const keys = places
      .sort((a, b) => of(b) - of(a) || table.worse(a, b))
      .slice(0, this.#query.limit ?? defaultKeys)
      .map((i) => ({
        key: lineText(table.key(i)),
        total: table.total(i),
        errors: table.errors(i),
        clientErrors: table.clientErrors(i),
        serverErrors: table.serverErrors(i)
      }))
    return { exact: table.forgotten.keys === 0, distinct: places.length, keys }
  }
}

const isSame = (
  wanted: Uint8Array,
  key: { readonly bytes: Uint8Array; readonly start: number; readonly end: number }
) => {
  if (key.end - key.start !== wanted.length) return false
  for (let i = 0; i < wanted.length; i++) if (key.bytes[key.start + i] !== wanted[i]) return false
  return true
}

/** Counts a span from its lines; nothing is read any more once nobody listens. */
export const exploreSpan = (
  query: ExploreQuery,
  withLines: boolean
): Stream.Stream<ExploreEvent, ExploreError, Feed | LogsReader | Windows> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { history, tail } = yield* Feed
      const { total } = history.sum(query.from, query.to)
      if (total > maxLines) return yield* new TooManyLines({ lines: total })
      const rules = newestOf(tail.records).at(-1)?.rules ?? rulesOf(defaultSettings)
      const { bucketMs } = history.series(query.from, query.to, query.points ?? defaultPoints)
      const count = new SpanCount(query, bucketMs, keyDimensionsIn(rules.least_requests), withLines)
      const events = yield* Queue.make<ExploreEvent, ExploreError | Cause.Done>({
        capacity: maxWaiting,
        strategy: "sliding"
      })
      let toldMs = Number.NEGATIVE_INFINITY
      let requests = 0
      const read = readSpanLines(
        { fromMs: query.from, toMs: query.to, rules },
        (line) => {
          requests++
          count.add(line)
        },
        (progress) => {
          if (performance.now() - toldMs < tellEveryMs) return
          toldMs = performance.now()
          Queue.offerUnsafe(events, progress)
        }
      )
      const counted = Effect.map(
        read,
        (): ExploreEvent => ({
          counted: {
            fromMs: query.from,
            toMs: query.to,
            bucketMs,
            ...count.sum,
            missing: Math.max(0, total - requests),
            statuses: count.statuses,
            course: count.course,
            top: count.top,
            lines: withLines ? count.lines : null
          }
        })
      )
      yield* Effect.forkScoped(
        counting(counted).pipe(
          Effect.matchCauseEffect({
            onSuccess: (event) => Effect.andThen(Queue.offer(events, event), Queue.end(events)),
            onFailure: (cause) => Queue.failCause(events, cause)
          })
        )
      )
      return Stream.fromQueue(events)
    })
  )
