import type { JsMsg } from "@nats-io/jetstream"
import type { KvEntry } from "@nats-io/kv"
import { Effect, Schedule, Stream } from "effect"
import { ask, untilConnected } from "../connection/ask.ts"
import { Connection } from "../connection/connection.ts"
import type { Link } from "../connection/link.ts"
import { followStream, readStream, streamInfo } from "../consume/stream-reader.ts"
import type { StoreError } from "../errors.ts"
import { type KeyEntry, mostUnknownKeys, type WatchedBucket } from "../ports/watched-bucket.ts"
import { keySubject } from "../topology.ts"
import { hasValue, openBucket } from "./bucket.ts"

/** The keys are read again this often, whatever else is heard. */
const rereadMs = 5_000
/** Between two tries to read the keys for the first time. */
const retryMs = 500

/** Subjects of which it is asked whether a value stands there; of others only marks of deletion may be left. */
const mostLooked = 64

const ofEntry = <Key extends string>(entry: KvEntry): KeyEntry<Key> => ({
  key: entry.key as Key,
  text: hasValue(entry) ? entry.string() : "",
  revision: entry.revision,
  createdMs: entry.created.getTime()
})

/** A bucket of which these keys are known. */
export const watchedBucket = Effect.fn("watchedBucket")(function* <Key extends string>(
  name: string,
  keys: ReadonlyArray<Key>
) {
  const prefix = keySubject(name, "")
  const isKey = (key: string): key is Key => (keys as ReadonlyArray<string>).includes(key)
  /** A revision as it stands in the bucket's stream; undefined for keys that are none of ours. */
  const ofMessage = (message: JsMsg): KeyEntry<Key> | undefined => {
    const key = message.subject.slice(prefix.length)
    const deleted = message.headers?.has("KV-Operation") === true
    return isKey(key)
      ? {
          key,
          text: deleted ? "" : message.string(),
          revision: message.seq,
          createdMs: message.time.getTime()
        }
      : undefined
  }

  const connection = yield* Connection
  const bucket = yield* openBucket(name)
  const what = `the bucket ${name}`

  const readKeys = Effect.map(Effect.forEach(keys, bucket.get, { concurrency: "unbounded" }), (entries) =>
    entries.flatMap((entry) => (entry === undefined ? [] : [entry]))
  )

  /** The bucket's last revision, and then what stands under the keys: nothing behind that revision can be missed. */
  const begin = Effect.gen(function* () {
    const { created, state } = yield* streamInfo(connection, bucket.stream)
    const entries = (yield* readKeys).map((entry) => ofEntry<Key>(entry)).sort((a, b) => a.revision - b.revision)
    return { created, lastSeq: state.last_seq, entries }
  })

  /**
   * The bucket's stream is followed, which misses nothing across reconnections, and beside it the keys are read again
   * from time to time: a follower may stand still for a while when a server loses its consumer.
   */
  const changes: Stream.Stream<KeyEntry<Key>> = Stream.unwrap(
    Effect.map(untilDone(connection.link, begin), ({ created, lastSeq, entries }) => {
      const revisions = new Map<Key, number>()
      let bucketCreated = created
      const isNew = ({ key, revision }: KeyEntry<Key>) => {
        if (revision <= (revisions.get(key) ?? 0)) return false
        revisions.set(key, revision)
        return true
      }
      const followed = followStream(connection, {
        stream: bucket.stream,
        fromSeq: lastSeq + 1,
        filterSubject: `${prefix}>`,
        of: ofMessage,
        created,
        onAnew: (at) => {
          bucketCreated = at
          revisions.clear()
        }
      })
      const reread = Stream.merge(Stream.tick(rereadMs), connection.reconnections).pipe(
        Stream.mapEffect(() => Effect.catch(readKeys, () => Effect.succeed([]))),
        Stream.flatMap((found) => Stream.fromIterable(found.map((entry) => ofEntry<Key>(entry))))
      )
      return Stream.concat(Stream.fromIterable(entries), Stream.merge(followed, reread)).pipe(
        Stream.filter(isNew),
        Stream.map((entry) => ({ ...entry, bucketCreated }))
      )
    })
  )

  /** Direct reads by subject: a key that the client's library would not take may stand there, too. */
  const hasMessage = (subject: string) =>
    ask(connection.link, what, () => connection.jsm.direct.getMessage(bucket.stream, { last_by_subj: subject })).pipe(
      Effect.map((message) => message !== null && message.header?.has("KV-Operation") !== true)
    )

  const unknownKeys = ask(connection.link, what, () =>
    connection.jsm.streams.info(bucket.stream, { subjects_filter: `${prefix}>` })
  ).pipe(
    Effect.map(({ state }) =>
      Object.keys(state.subjects ?? {})
        .filter((subject) => !isKey(subject.slice(prefix.length)))
        .sort()
        .slice(0, mostLooked)
    ),
    Effect.flatMap(Effect.filter(hasMessage, { concurrency: 8 })),
    Effect.map((subjects) => subjects.slice(0, mostUnknownKeys).map((subject) => subject.slice(prefix.length)))
  )

  return {
    current: Effect.map(readKeys, (entries) => entries.filter(hasValue).map((entry) => ofEntry<Key>(entry))),
    unknownKeys,
    changes,
    put: bucket.put,
    create: (key, text) =>
      bucket.create(key, text).pipe(
        Effect.as(true),
        Effect.catchTag("Outdated", () => Effect.succeed(false))
      ),
    update: bucket.update,
    removeUnknown: bucket.remove,
    history: (key) =>
      Effect.flatMap(streamInfo(connection, bucket.stream), ({ created }) =>
        readStream(connection, {
          stream: bucket.stream,
          fromSeq: 1,
          filterSubject: `${prefix}${key ?? ">"}`,
          of: ofMessage
        }).pipe(
          Stream.map((entry) => ({ ...entry, bucketCreated: created })),
          Stream.runCollect
        )
      )
  } satisfies WatchedBucket<Key>
})

const untilDone = <A>(link: Link, effect: Effect.Effect<A, StoreError>): Effect.Effect<A> =>
  Effect.andThen(untilConnected(link), effect).pipe(Effect.retry(Schedule.spaced(retryMs)), Effect.orDie)
