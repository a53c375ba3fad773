import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig
} from "@nats-io/jetstream"
import { nanos } from "@nats-io/transport-node"
import { Effect, Result } from "effect"
import { apiCodes } from "../connection/api-errors.ts"
import { request } from "../connection/request.ts"
import type { StoreError } from "../errors.ts"
import { type Limits, type StreamSpec, unlimited } from "../topology.ts"
import { unfit } from "./stream-fitness.ts"
import { isOurs, notOurs, ownerKey } from "./stream-owner.ts"

/** One setting of a stream, by the server's name for it, as it was and as it is wanted. */
export interface Change {
  readonly setting: string
  readonly from: unknown
  readonly to: unknown
}

/** What was done about one stream or bucket. */
export interface Applied {
  readonly name: string
  readonly done: "created" | "updated" | "unchanged" | "cannot-be-changed"
  readonly changes: ReadonlyArray<Change>
  /** Limits that are wider in the server than the default, and were left so. */
  readonly kept: ReadonlyArray<Change>
  /** What the server would not change, with its reason. */
  readonly refused: ReadonlyArray<Change & { readonly why: string }>
}

/** The settings of a stream that are ours to say; all else in the server's configuration is left as it is. */
const settingsOf = (spec: StreamSpec) => {
  const { limits } = spec
  return {
    description: spec.description,
    subjects: [...spec.subjects],
    discard: spec.discard === "old" ? DiscardPolicy.Old : DiscardPolicy.New,
    compression: spec.compression === "s2" ? StoreCompression.S2 : StoreCompression.None,
    deny_delete: spec.denyDelete,
    deny_purge: spec.denyPurge,
    allow_rollup_hdrs: spec.allowRollup,
    ...(spec.atomicBatches ? { allow_atomic: true } : {}),
    allow_direct: true,
    max_age: limits.maxAgeMs === unlimited ? 0 : nanos(limits.maxAgeMs),
    max_bytes: limits.maxBytes,
    max_msg_size: limits.maxMessageBytes,
    max_msgs_per_subject: limits.maxMessagesASubject,
    duplicate_window: nanos(
      limits.maxAgeMs === unlimited ? limits.duplicateWindowMs : Math.min(limits.duplicateWindowMs, limits.maxAgeMs)
    ),
    num_replicas: limits.replicas
  } satisfies Partial<StreamConfig>
}

const markOf = (spec: StreamSpec, config?: StreamConfig) => ({ ...config?.metadata, [ownerKey]: spec.name })

type Settings = ReturnType<typeof settingsOf>

/** The limit that each setting is, where it is one whose lowering drops messages. */
const dropping: { readonly [Setting in keyof Settings]?: keyof Limits } = {
  max_age: "maxAgeMs",
  max_bytes: "maxBytes",
  max_msgs_per_subject: "maxMessagesASubject"
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** An unlimited setting is -1 or 0, depending on which one it is. */
const amount = (value: unknown): number => (typeof value === "number" && value > 0 ? value : Number.POSITIVE_INFINITY)

const compare = (spec: StreamSpec, config: StreamConfig, overrides: Partial<Limits>) => {
  const changes: Array<Change> = []
  const kept: Array<Change> = []
  const wanted = settingsOf(spec)
  // The server adds to the metadata, and so may operators: ours is one entry of it.
  if (config.metadata?.[ownerKey] !== spec.name) {
    changes.push({ setting: "metadata", from: config.metadata, to: markOf(spec, config) })
  }
  for (const setting of Object.keys(wanted) as Array<keyof Settings>) {
    const change = { setting, from: config[setting], to: wanted[setting] }
    if (same(change.from, change.to)) continue
    // As many copies as somebody asked for once: `init` runs at each start of a machine, and asks for none.
    if (setting === "num_replicas" && overrides.replicas === undefined && config.num_replicas > wanted.num_replicas) {
      continue
    }
    const limit = dropping[setting]
    if (limit !== undefined && overrides[limit] === undefined && amount(change.from) > amount(change.to)) {
      kept.push(change)
    } else changes.push(change)
  }
  return { changes, kept }
}

const configWith = (config: StreamConfig, changes: ReadonlyArray<Change>): StreamConfig => ({
  ...config,
  ...Object.fromEntries(changes.map(({ setting, to }) => [setting, to]))
})

/**
 * The configuration of a stream that is there; undefined where none is. Fails where it is another application's, or cannot hold what it
 * is for: neither is for `init` to change.
 */
export const findStream = Effect.fn("findStream")(function* (
  jsm: JetStreamManager,
  spec: StreamSpec
): Effect.fn.Return<StreamConfig | undefined, StoreError> {
  const config = yield* request(`the stream ${spec.name}`, () =>
    jsm.streams.info(spec.name).then(
      (info) => info.config,
      (error: unknown) => {
        if (error instanceof JetStreamApiError && error.code === apiCodes.streamNotFound) return undefined
        throw error
      }
    )
  )
  if (config === undefined) return undefined
  if (!isOurs(spec, config)) return yield* notOurs(spec, config)
  const why = unfit(spec, config)
  return why === undefined ? config : yield* why
})

/** Creates the stream where `config` is undefined, or changes what is not as wanted; the limits in `overrides` are the ones that may also be lowered. */
export const applyStream = Effect.fn("applyStream")(function* (
  jsm: JetStreamManager,
  spec: StreamSpec,
  config: StreamConfig | undefined,
  overrides: Partial<Limits>
): Effect.fn.Return<Applied, StoreError> {
  const what = `the stream ${spec.name}`
  const applied = { name: spec.name, changes: [], kept: [], refused: [] }
  if (config === undefined) {
    yield* request(what, () =>
      jsm.streams.add({
        name: spec.name,
        retention: RetentionPolicy.Limits,
        storage: StorageType.File,
        max_msgs: unlimited,
        max_consumers: unlimited,
        metadata: markOf(spec),
        ...settingsOf(spec)
      })
    )
    return { ...applied, done: "created" }
  }
  const { changes, kept } = compare(spec, config, overrides)
  if (changes.length === 0) return { ...applied, kept, done: "unchanged" }
  const update = (wanted: ReadonlyArray<Change>) =>
    request(what, () => jsm.streams.update(spec.name, configWith(config, wanted)))
  const all = yield* Effect.result(update(changes))
  if (Result.isSuccess(all)) return { ...applied, changes, kept, done: "updated" }
  if (all.failure._tag === "Unavailable") return yield* all.failure

  // The server takes an update whole or not at all: one setting that cannot be changed must not keep the others back.
  const done: Array<Change> = []
  const refused: Array<Change & { readonly why: string }> = []
  for (const change of changes) {
    const one = yield* Effect.result(update([...done, change]))
    if (Result.isSuccess(one)) done.push(change)
    else if (one.failure._tag === "Unavailable") return yield* one.failure
    else refused.push({ ...change, why: one.failure.why })
  }
  return { name: spec.name, changes: done, kept, refused, done: "cannot-be-changed" }
})
