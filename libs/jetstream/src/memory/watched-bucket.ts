import { Effect, Option, Stream } from "effect"
import { Outdated } from "../errors.ts"
import { type KeyEntry, mostUnknownKeys, type WatchedBucket } from "../ports/watched-bucket.ts"
import { untilAnswered } from "./retry.ts"
import { MemoryClient, MemoryServer, type MemoryStreamName } from "./server.ts"
import { kvOperationHeader, type MemoryMessage } from "./stream.ts"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const entryOf = <Key extends string>(message: MemoryMessage): KeyEntry<Key> => ({
  key: message.subject as Key,
  text: message.headers[kvOperationHeader] === undefined ? decoder.decode(message.data) : "",
  revision: message.seq,
  createdMs: message.storedMs
})

/** A bucket of which these keys are known. */
export const watchedBucketMemory = <Key extends string>(name: MemoryStreamName, keys: ReadonlyArray<Key>) =>
  Effect.gen(function* () {
    const isKnown = (message: MemoryMessage): boolean => (keys as ReadonlyArray<string>).includes(message.subject)
    const server = yield* MemoryServer
    const client = yield* MemoryClient
    const stream = server.stream(name)
    const read = <A>(what: string, look: () => A) =>
      server.call({ client, kind: "read", name: what, stream: name, parts: 1 }, () => Effect.sync(look))
    const write = <A, E>(what: string, perform: (nowMs: number) => Effect.Effect<A, E>) =>
      server.call({ client, kind: "write", name: what, stream: name, parts: 1 }, perform)

    const lastOfEach = () =>
      keys.flatMap((key) => {
        const message = stream.lastOf(key)
        return message === undefined ? [] : [message]
      })
    const hasValue = (message: MemoryMessage) => message.headers[kvOperationHeader] === undefined

    /** Revisions seen up to `through`, in one life of the bucket; the first read gives only what stands now. */
    interface Seen {
      readonly through: number
      readonly created: string
    }
    const newer = (seen: Seen | undefined) =>
      read("watch", () => {
        const version = { created: stream.created, lastSeq: stream.lastSeq }
        const found =
          seen === undefined || seen.created !== stream.created
            ? lastOfEach().sort((a, b) => a.seq - b.seq)
            : stream.from(seen.through + 1, Number.POSITIVE_INFINITY).filter(isKnown)
        const next: Seen = { through: version.lastSeq, created: version.created }
        return { found, version, next }
      })

    return {
      current: read("current", () =>
        lastOfEach()
          .filter(hasValue)
          .map((message) => entryOf<Key>(message))
      ),
      unknownKeys: read("unknownKeys", () => {
        const subjects = new Set(stream.from(1, Number.POSITIVE_INFINITY).map(({ subject }) => subject))
        return [...subjects]
          .filter((key) => !(keys as ReadonlyArray<string>).includes(key) && hasValue(stream.lastOf(key)!))
          .sort()
          .slice(0, mostUnknownKeys)
      }),
      changes: Stream.paginate(undefined as Seen | undefined, (seen) =>
        untilAnswered(newer(seen)).pipe(
          Effect.tap(({ found, version }) => (found.length === 0 ? server.changed(name, version) : Effect.void)),
          Effect.map(
            ({ found, next }) =>
              [
                found.map((message) => ({ ...entryOf<Key>(message), bucketCreated: next.created })),
                Option.some(next)
              ] as const
          )
        )
      ),
      put: (key, text) =>
        write("put", (nowMs) =>
          Effect.sync(() => {
            stream.append({ subject: key, data: encoder.encode(text) }, nowMs)
            return stream.lastSeq
          })
        ),
      create: (key, text) =>
        write("create", (nowMs) =>
          Effect.sync(() => {
            const last = stream.lastOf(key)
            if (last !== undefined && hasValue(last)) return false
            stream.append({ subject: key, data: encoder.encode(text) }, nowMs)
            return true
          })
        ),
      update: (key, text, revision) =>
        write("update", (nowMs) =>
          Effect.suspend(() => {
            const answer = stream.append({ subject: key, data: encoder.encode(text) }, nowMs, {
              lastSubjectSeq: revision
            })
            return answer._tag === "WrongLast"
              ? Effect.fail(new Outdated({ stream: name, expectedSeq: revision }))
              : Effect.succeed(answer.seq)
          })
        ),
      removeUnknown: (key) =>
        write("remove", (nowMs) =>
          Effect.sync(() => {
            const headers = { [kvOperationHeader]: "DEL" }
            stream.append({ subject: key, data: new Uint8Array(), headers }, nowMs)
          })
        ),
      history: (key) =>
        read("history", () =>
          stream
            .from(1, Number.POSITIVE_INFINITY)
            .filter((message) => (key === undefined ? isKnown(message) : message.subject === key))
            .map((message) => ({ ...entryOf<Key>(message), bucketCreated: stream.created }))
        )
    } satisfies WatchedBucket<Key>
  })
