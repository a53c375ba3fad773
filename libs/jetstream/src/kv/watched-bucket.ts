import type { JsMsg } from "@nats-io/jetstream"
import type { KvEntry } from "@nats-io/kv"
import { Effect, Stream } from "effect"
import { Connection } from "../connection.ts"
import type { StoreError } from "../errors.ts"
import type { Link } from "../internal/link.ts"
import { ask, untilConnected } from "../log/ask.ts"
import { followStream, readStream, streamInfo } from "../log/stream-reader.ts"
import { type KeyEntry, mostUnknownKeys, type WatchedBucket } from "../ports/watched-bucket.ts"
import { keySubject } from "../topology.ts"
import { hasValue, openBucket } from "./bucket.ts"

/** Unknown keys that are looked at for a value: a deleted one leaves a mark. */
const unknownLookedAt = 4 * mostUnknownKeys
/** The keys are read again this often, whatever else is heard. */
const rereadMs = 5_000
/** Between two tries to read the keys for the first time. */
const retryMs = 500

const ofEntry = <Key extends string>(entry: KvEntry): KeyEntry<Key> => ({
  key: entry.key as Key,
  text: hasValue(entry) ? entry.string() : "",
  revision: entry.revision,
  createdMs: entry.created.getTime()
})

/** A bucket of which these keys are known. */
export const watchedBucket = <Key extends string>(name: string, keys: ReadonlyArray<Key>) =>
  Effect.gen(function* () {
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
          onAnew: () => revisions.clear()
        })
        const reread = Stream.merge(Stream.tick(rereadMs), connection.reconnections).pipe(
          Stream.mapEffect(() => Effect.catch(readKeys, () => Effect.succeed([]))),
          Stream.flatMap((found) => Stream.fromIterable(found.map((entry) => ofEntry<Key>(entry))))
        )
        return Stream.concat(Stream.fromIterable(entries), Stream.merge(followed, reread)).pipe(Stream.filter(isNew))
      })
    )

    return {
      current: Effect.map(readKeys, (entries) => entries.filter(hasValue).map((entry) => ofEntry<Key>(entry))),
      unknownKeys: Effect.gen(function* () {
        const { link, jsm } = connection
        const { state } = yield* ask(link, `the bucket ${name}`, () =>
          jsm.streams.info(bucket.stream, { subjects_filter: `${prefix}>` })
        )
        const unknown = Object.keys(state.subjects ?? {})
          .map((subject) => subject.slice(prefix.length))
          .filter((key) => !isKey(key))
          .sort()
          .slice(0, unknownLookedAt)
        const entries = yield* Effect.forEach(unknown, bucket.get, { concurrency: "unbounded" })
        return unknown.filter((_, i) => entries[i] !== undefined && hasValue(entries[i])).slice(0, mostUnknownKeys)
      }),
      changes,
      put: bucket.put,
      create: (key, text) =>
        bucket.create(key, text).pipe(
          Effect.as(true),
          Effect.catchTag("Outdated", () => Effect.succeed(false))
        ),
      update: bucket.update,
      history: (key) =>
        readStream(connection, {
          stream: bucket.stream,
          fromSeq: 1,
          filterSubject: `${prefix}${key ?? ">"}`,
          of: ofMessage
        }).pipe(Stream.runCollect)
    } satisfies WatchedBucket<Key>
  })

const untilDone = <A>(link: Link, effect: Effect.Effect<A, StoreError>): Effect.Effect<A> =>
  Effect.andThen(untilConnected(link), effect).pipe(
    Effect.catch(() =>
      Effect.delay(
        Effect.suspend(() => untilDone(link, effect)),
        retryMs
      )
    )
  )
