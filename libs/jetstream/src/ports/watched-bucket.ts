import type { Effect, Stream } from "effect"
import type { Outdated, StoreError } from "../errors.ts"

/** What stands under a key, unread: whether it is a good value is the domain's to say. */
export interface KeyEntry<Key extends string> {
  readonly key: Key
  /** The raw text; empty for a key that was deleted. */
  readonly text: string
  readonly revision: number
  readonly createdMs: number
  /**
   * When the bucket itself was made, where `changes` or `history` tells: revisions of a bucket that was deleted and made again begin at 1, and
   * compare with those of the one before in no way.
   */
  readonly bucketCreated?: string
}

/** No more of them are told. */
export const mostUnknownKeys = 8

/** A KV bucket with a few known keys that is watched. */
export interface WatchedBucket<Key extends string> {
  /** What stands now under each key that has a value. */
  readonly current: Effect.Effect<ReadonlyArray<KeyEntry<Key>>, StoreError>
  /** Keys with a value that nothing reads, such as one that was mistyped: no more than eight, in the order of the alphabet. */
  readonly unknownKeys: Effect.Effect<ReadonlyArray<string>, StoreError>
  /**
   * The current entries at once, and then every newer one, across reconnections (the watch alone would miss some: the keys are read
   * again after each reconnection and every few seconds). A deleted key is told as an empty text. Revisions of a key only rise
   * within one `bucketCreated`; a bucket that was made again is told from its first revision. Never ends, never fails.
   */
  readonly changes: Stream.Stream<KeyEntry<Key>>
  /** Puts whatever stands there; answers the revision. */
  readonly put: (key: Key, text: string) => Effect.Effect<number, StoreError>
  /** Puts only where the key has no value yet; answers whether it did. */
  readonly create: (key: Key, text: string) => Effect.Effect<boolean, StoreError>
  /** Puts only where the key's revision still is this one. */
  readonly update: (key: Key, text: string, revision: number) => Effect.Effect<number, Outdated | StoreError>
  /** Deletes a key that nothing reads. */
  readonly removeUnknown: (key: string) => Effect.Effect<void, StoreError>
  /** Every revision held, oldest first, of all keys or of one. */
  readonly history: (key?: Key) => Effect.Effect<ReadonlyArray<KeyEntry<Key>>, StoreError>
}
