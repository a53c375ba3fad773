import { DiscardPolicy, JetStreamApiError, jetstreamManager, RetentionPolicy, StorageType } from "@nats-io/jetstream"
import { nanos } from "@nats-io/transport-node"
import { Effect } from "effect"
import { apiCodes, isUnanswered } from "../connection/api-errors.ts"
import { Connection } from "../connection/connection.ts"
import { request } from "../connection/request.ts"
import { Refused, type StoreError } from "../errors.ts"
import { subjectPrefix } from "../prefix.ts"
import { type CopySpec, copyOrigin, viewersApi, viewersCopies } from "../topology.ts"

export interface AppliedCopy {
  readonly name: string
  readonly done: "created" | "created again" | "updated" | "unchanged"
}

const settingsOf = (spec: CopySpec) => ({
  max_bytes: spec.maxBytes,
  max_msgs_per_subject: spec.maxMessagesASubject,
  max_consumers: spec.maxConsumers,
  discard: DiscardPolicy.Old,
  allow_direct: true,
  consumer_limits: { inactive_threshold: nanos(spec.inactiveMs) }
})

/**
 * Makes the copies of WINDOWS, ALERTS and the thresholds on the viewers' server, through what deploy/nats.conf lets the operator reach of it.
 * A copy of a stream that was deleted and made again since is made again, too: it would stand still. A system with a prefix has none: viewers may
 * ask for the names without one only, and copies that nobody can see would take the room of those.
 */
export const applyViewersCopies: Effect.Effect<
  ReadonlyArray<AppliedCopy> | "no viewers' server",
  StoreError,
  Connection
> = Effect.gen(function* () {
  if (subjectPrefix !== "") return []
  const { nc, jsm: origin } = yield* Connection
  const jsm = yield* request("the viewers' server", () =>
    jetstreamManager(nc, { apiPrefix: viewersApi, checkAPI: false })
  )
  const apply = async (spec: CopySpec): Promise<AppliedCopy> => {
    const create = (done: AppliedCopy["done"]) =>
      jsm.streams
        .add({
          name: spec.name,
          retention: RetentionPolicy.Limits,
          storage: StorageType.File,
          mirror: { name: spec.name, external: { api: copyOrigin.api, deliver: `${copyOrigin.deliver}.${spec.name}` } },
          ...settingsOf(spec)
        })
        .then(() => ({ name: spec.name, done }))
    const found = await jsm.streams.info(spec.name).catch((error: unknown) => {
      if (error instanceof JetStreamApiError && error.code === apiCodes.streamNotFound) return undefined
      throw error
    })
    if (found === undefined) return create("created")
    if (found.config.mirror?.name !== spec.name) {
      throw new Refused({
        what: `the copy of ${spec.name} for viewers`,
        why: `the viewers' server has a stream ${spec.name} that is not a copy`,
        remedy: "Give the viewers' server a store of its own (nats-viewers.conf)."
      })
    }
    if (found.created < (await origin.streams.info(spec.name)).created) {
      await jsm.streams.delete(spec.name)
      return create("created again")
    }
    const wanted = settingsOf(spec)
    const isSame = Object.entries(wanted).every(
      ([setting, value]) =>
        JSON.stringify((found.config as unknown as Record<string, unknown>)[setting]) === JSON.stringify(value)
    )
    if (isSame) return { name: spec.name, done: "unchanged" }
    await jsm.streams.update(spec.name, { ...found.config, ...wanted })
    return { name: spec.name, done: "updated" }
  }
  const isThere = yield* Effect.promise(() =>
    jsm.getAccountInfo().then(
      () => true,
      (error: unknown) => !isUnanswered(error)
    )
  )
  if (!isThere) return "no viewers' server"
  return yield* Effect.forEach(viewersCopies, (spec) =>
    request(`the copy of ${spec.name} for viewers`, () => apply(spec))
  )
})
