import { type KV, type KvEntry, Kvm } from "@nats-io/kv"
import { Effect } from "effect"
import { toStoreError, toWriteError } from "../connection/api-errors.ts"
import { ask } from "../connection/ask.ts"
import { Connection } from "../connection/connection.ts"
import type { Outdated, StoreError } from "../errors.ts"
import { bucketStream } from "../topology.ts"

/** A bucket through the client's library, with its answers as effects of this package. */
interface Bucket {
  readonly stream: string
  /** What stands under a key, also a mark that it was deleted; undefined where nothing ever stood, or is held. */
  readonly get: (key: string) => Effect.Effect<KvEntry | undefined, StoreError>
  readonly put: (key: string, text: string) => Effect.Effect<number, StoreError>
  /** Only where the key has no value (any more). */
  readonly create: (key: string, text: string) => Effect.Effect<number, Outdated | StoreError>
  /** Leaves a mark that it was deleted. */
  readonly remove: (key: string) => Effect.Effect<void, StoreError>
  /** Only where the key's last revision is this one. */
  readonly update: (key: string, text: string, revision: number) => Effect.Effect<number, Outdated | StoreError>
}

export const hasValue = (entry: KvEntry): boolean => entry.operation === "PUT"

/** Opens a bucket without asking the server anything: direct reads, so that a role needs no more than them. */
export const openBucket = Effect.fn("openBucket")(function* (name: string) {
  const { js, link } = yield* Connection
  const stream = bucketStream(name)
  const what = `the bucket ${name}`
  const kv: KV = yield* Effect.promise(() => new Kvm(js).open(name, { allow_direct: true }))
  // A bucket that is not there is nobody to answer a direct read.
  const toReadError = toStoreError(
    what,
    "no answer: the bucket does not exist (`chaussettes init` creates it), or JetStream is starting or not enabled"
  )
  const write = (expectedRevision: number, call: () => Promise<number>) =>
    ask<number, Outdated>(link, what, call, toWriteError(what, stream, expectedRevision))
  return {
    stream,
    get: (key) =>
      Effect.map(
        ask(link, what, () => kv.get(key), toReadError),
        (entry) => entry ?? undefined
      ),
    put: (key, text) => ask(link, what, () => kv.put(key, text)),
    remove: (key) => ask(link, what, () => kv.delete(key)),
    create: (key, text) => write(0, () => kv.create(key, text)),
    update: (key, text, revision) => write(revision, () => kv.put(key, text, { previousSeq: revision }))
  } satisfies Bucket
})
