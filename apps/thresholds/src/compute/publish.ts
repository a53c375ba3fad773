import { type Dimension, dimensions, type PerDimension, type Threshold } from "@chaussettes/domain"
import { Outdated, type StoreError, type ThresholdKey, ThresholdsStore } from "@chaussettes/jetstream"
import { bucketStream, thresholdsBucket } from "@chaussettes/jetstream/topology"
import { Effect } from "effect"
import { type Standing, standingOf } from "./in-force.ts"
import type { ThresholdsMetadata } from "./metadata.ts"

/** A threshold as it stands under its key: a bare number, or a table that names its publication. */
const thresholdText = (threshold: Threshold, publication: string): string =>
  JSON.stringify(typeof threshold === "number" ? threshold : { ...threshold, publication })

/** What a publication has put. */
export interface Published {
  /** The revisions that its metadata names; a key that was never published has none. */
  readonly revisions: { readonly [dimension in Dimension]?: number }
  /** Keys for which an operator was quicker: they keep what was put. */
  readonly outdone: ReadonlyArray<Dimension>
}

/**
 * Publishes: the three keys first and the metadata last, which names their revisions, so that a reader who waits for it can
 * adopt the three together. Each write expects what was read before, so that an operator who was quicker is not overwritten;
 * the others are published all the same, or what stands under them would be nobody's.
 * Keys that get no new threshold keep their value; the metadata then keeps naming what was last published there, so that what an
 * operator has put since is known as such.
 * Fails with `Outdated` where another publication was quicker.
 */
export const publish = Effect.fn("publish")(function* (
  thresholds: PerDimension<Threshold | undefined>,
  metadata: ThresholdsMetadata,
  standing: Standing
): Effect.fn.Return<Published, Outdated | StoreError, ThresholdsStore> {
  const store = yield* ThresholdsStore
  const now = standingOf(yield* store.current)
  if (now.metadataRevision !== standing.metadataRevision) {
    return yield* new Outdated({ stream: bucketStream(thresholdsBucket), expectedSeq: standing.metadataRevision })
  }
  const revisions: { [dimension in Dimension]?: number } = { ...standing.metadata?.revisions }
  const outdone: Array<Dimension> = []
  for (const dimension of dimensions) {
    const threshold = thresholds[dimension]
    if (threshold === undefined) continue
    const text = thresholdText(threshold, metadata.publication)
    const put = yield* putExpecting(store, dimension, text, standing.revisions[dimension] ?? 0).pipe(
      Effect.catchTag("Outdated", () => Effect.succeed(undefined))
    )
    if (put === undefined) outdone.push(dimension)
    else revisions[dimension] = put
  }
  yield* putExpecting(store, "metadata", JSON.stringify({ ...metadata, revisions }), standing.metadataRevision)
  return { revisions, outdone }
})

/** Puts a value where the key still has this revision; where it had none (0), or was deleted, whatever is there now. */
export const putExpecting = (
  store: (typeof ThresholdsStore)["Service"],
  key: ThresholdKey,
  text: string,
  revision: number
): Effect.Effect<number, Outdated | StoreError> =>
  revision === 0 ? store.put(key, text) : store.update(key, text, revision)
