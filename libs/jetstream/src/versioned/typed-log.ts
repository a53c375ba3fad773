import { alertsBegin, type KnownRecord, limits, orderOf, parseRfc3339 } from "@chaussettes/domain"
import {
  type Decode,
  decodeAct,
  decodeAlert,
  decodeIncident,
  decodeRecord,
  decodeRecordUnchecked
} from "@chaussettes/domain/wire"
import { Array as Arr, Effect, Layer, Result, Stream } from "effect"
import type { StoreError } from "../errors.ts"
import {
  Acts,
  Alerts,
  Incidents,
  type ReadTyped,
  type StoredAct,
  type StoredAlert,
  type StoredIncident,
  type TypedLog,
  Windows
} from "../ports/typed-log.ts"
import {
  ActsLog,
  AlertsLog,
  IncidentsLog,
  type StoredEntry,
  type VersionedLog,
  WindowsLog
} from "../ports/versioned-log.ts"
import { actsStream, alertsStream, incidentsStream, windowsStream } from "../topology.ts"
import { findFirst } from "./find-first.ts"
import { entryReader, type Unreadable } from "./unreadable.ts"

/** What may stand in the log, and how it is read. */
interface Kind<Item> {
  readonly read: (entry: StoredEntry) => Result.Result<Item, Unreadable>
  readonly readUnchecked: (entry: StoredEntry) => Result.Result<Item, Unreadable>
  /** Whether the item is behind a time, as `firstFrom` means it. */
  readonly isFrom: (item: Item, timeMs: number) => boolean
}

const kindOf = <A, Item>(
  stream: string,
  checked: Decode<A>,
  unchecked: Decode<A>,
  itemOf: (seq: number, value: A) => Item,
  isFrom: Kind<Item>["isFrom"]
): Kind<Item> => {
  const reader = (decode: Decode<A>) => {
    const read = entryReader(stream, decode)
    return (entry: StoredEntry) => Result.map(read(entry), (value) => itemOf(entry.seq, value))
  }
  return { read: reader(checked), readUnchecked: reader(unchecked), isFrom }
}

const records = kindOf(
  windowsStream,
  decodeRecord,
  decodeRecordUnchecked,
  (seq, record): KnownRecord => ({ seq, record }),
  ({ record }, timeMs) => orderOf(record).endMs > timeMs
)

const alerts = kindOf(
  alertsStream,
  decodeAlert,
  decodeAlert,
  (seq, alert): StoredAlert => ({ seq, alert }),
  ({ alert }, timeMs) => parseRfc3339(alert.window.start)! >= timeMs
)

const incidents = kindOf(
  incidentsStream,
  decodeIncident,
  decodeIncident,
  (seq, event): StoredIncident => ({ seq, event }),
  ({ event }, timeMs) => parseRfc3339(event.timestamp)! > timeMs
)

const acts = kindOf(
  actsStream,
  decodeAct,
  decodeAct,
  (seq, act): StoredAct => ({ seq, act }),
  ({ act }, timeMs) => parseRfc3339(act.at)! > timeMs
)

/** Items decoded at once: a reader that has found what it looked for should not wait for very many more. */
const mostDecoded = 32

type Readable = Pick<VersionedLog, "bounds" | "lastSeq" | "get" | "readFrom" | "follow">

/** The first stranger of a stream is said in the log, once for each reader. */
const logFirst = () => {
  let told = false
  return (stranger: Unreadable) =>
    Effect.suspend(() => {
      if (told) return Effect.void
      told = true
      const { stream, seq, why } = stranger
      return Effect.logWarning(
        `${stream} holds a message that Chaussettes has not written (sequence ${seq}: ${why}): ignored. Check which users may publish there.`
      )
    })
}

const typed = <Item>(
  log: Readable,
  kind: Kind<Item>,
  tell: (stranger: Unreadable) => Effect.Effect<void>
): TypedLog<Item> => {
  /** Undefined of a stranger. */
  const known = (read: Result.Result<Item, Unreadable>): Effect.Effect<Item | undefined, Unreadable> =>
    Result.isSuccess(read)
      ? Effect.succeed(read.success)
      : read.failure.later
        ? Effect.fail(read.failure)
        : Effect.as(tell(read.failure), undefined)

  const get = (seq: number) =>
    Effect.flatMap(log.get(seq), (entry) => (entry === undefined ? Effect.succeed(undefined) : known(kind.read(entry))))

  const latestThrough = (seq: number): Effect.Effect<Item | undefined, StoreError | Unreadable> =>
    Effect.gen(function* () {
      // The streams forbid to delete single messages; where the newest ones are gone all the same, the one before them is the last.
      for (let at = seq; at > 0; at--) {
        const item = yield* get(at)
        if (item !== undefined) return item
        if (at <= (yield* log.bounds).firstSeq) return undefined
      }
      return undefined
    })

  /** Arrays, since many readers go through very many. What stands before a failure is handed on first. */
  const decoded = (entries: Stream.Stream<StoredEntry, StoreError>, unchecked = false) =>
    Stream.transformPull(entries, (pull) =>
      Effect.sync(() => {
        const read = unchecked ? kind.readUnchecked : kind.read
        let failure: Unreadable | undefined
        let pulled: ReadonlyArray<StoredEntry> = []
        let at = 0
        return Effect.gen(function* () {
          while (failure === undefined) {
            if (at === pulled.length) {
              pulled = yield* pull
              at = 0
            }
            const items: Array<Item> = []
            for (const end = Math.min(pulled.length, at + mostDecoded); at < end; at++) {
              const result = read(pulled[at]!)
              if (Result.isSuccess(result)) items.push(result.success)
              else if (result.failure.later) {
                failure = result.failure
                break
              } else yield* tell(result.failure)
            }
            if (Arr.isArrayNonEmpty(items)) return items
          }
          return yield* failure
        })
      })
    )

  return {
    bounds: log.bounds,
    lastSeq: log.lastSeq,
    get,
    latest: Effect.flatMap(log.lastSeq, latestThrough),
    latestThrough,
    firstFrom: (timeMs) =>
      Effect.flatMap(
        findFirst(log, (entry) =>
          Effect.map(known(kind.read(entry)), (item) => (item === undefined ? undefined : kind.isFrom(item, timeMs)))
        ),
        (entry) => (entry === undefined ? Effect.succeed(undefined) : Effect.fromResult(kind.read(entry)))
      ),
    read: (fromSeq, { throughSeq = Number.POSITIVE_INFINITY, unchecked }: ReadTyped = {}) =>
      decoded(
        throughSeq === Number.POSITIVE_INFINITY
          ? log.readFrom(fromSeq)
          : Stream.takeWhile(log.readFrom(fromSeq), ({ seq }) => seq <= throughSeq),
        unchecked
      ),
    follow: (fromSeq, options) => decoded(log.follow(fromSeq), options?.unchecked),
    telling: (told) => typed(log, kind, told)
  }
}

export const typedWindows = (log: Readable): Windows["Service"] => typed(log, records, logFirst())
export const typedAlerts = (log: Readable): Alerts["Service"] => typed(log, alerts, logFirst())
const typedIncidents = (log: Readable): Incidents["Service"] => typed(log, incidents, logFirst())
const typedActs = (log: Readable): Acts["Service"] => typed(log, acts, logFirst())

export const layerWindows = Layer.effect(Windows, Effect.map(WindowsLog, typedWindows))
export const layerAlerts = Layer.effect(Alerts, Effect.map(AlertsLog, typedAlerts))
export const layerIncidents = Layer.effect(Incidents, Effect.map(IncidentsLog, typedIncidents))
export const layerActs = Layer.effect(Acts, Effect.map(ActsLog, typedActs))

/**
 * The sequences [first, end) of ALERTS that hold all alerts of windows that start in [fromMs, toMs). Alerts of other windows stand among them, for
 * late lines raise alerts up to a horizon behind those of later windows: a reader passes over these.
 */
export const alertsOfSpan = Effect.fn("alertsOfSpan")(function* (
  { lastSeq, firstFrom }: Alerts["Service"],
  fromMs: number,
  toMs = Number.POSITIVE_INFINITY
): Effect.fn.Return<{ readonly first: number; readonly end: number }, StoreError | Unreadable> {
  const behind = (yield* lastSeq) + 1
  const startsBehind = (timeMs: number) =>
    timeMs === Number.POSITIVE_INFINITY
      ? Effect.succeed(behind)
      : Effect.map(firstFrom(timeMs), (found) => found?.seq ?? behind)
  const first = yield* startsBehind(alertsBegin(fromMs))
  // Once windows so far behind the span are decided, those of the span take no line any more.
  return { first, end: Math.max(first, yield* startsBehind(toMs + limits.longestHorizonMs)) }
})
