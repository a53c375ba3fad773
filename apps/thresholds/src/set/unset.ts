import {
  type Dimension,
  dimensions,
  firstThresholds,
  isDefault,
  parseThreshold,
  type Threshold
} from "@chaussettes/domain"
import { type Outdated, type StoreError, type ThresholdEntry, ThresholdsStore } from "@chaussettes/jetstream"
import { failed, toUserFailure, type UserFailure, wrongUsage } from "@chaussettes/service"
import { Effect } from "effect"
import { metadataIn, putByOperator, type Standing, standingOf } from "../compute/in-force.ts"
import { putExpecting } from "../compute/publish.ts"
import { publicationsOf } from "../history/entries.ts"
import { thresholdsPortsAt } from "../ports.ts"
import { tell, thresholdWord } from "../words.ts"
import type { UnsetInput } from "./flags.ts"

/** What came of it. */
export type Unset =
  | { readonly _tag: "Unset"; readonly key: Dimension; readonly value: Threshold; readonly revision: number }
  | { readonly _tag: "NotByHand"; readonly key: Dimension; readonly value: Threshold }
  | { readonly _tag: "Removed"; readonly key: string }
  | { readonly _tag: "Unknown"; readonly key: string }

/**
 * What stands where nobody puts anything by hand: what the newest publication found that the bucket still knows, or else the first value.
 */
const learnt = (entries: ReadonlyArray<ThresholdEntry>, dimension: Dimension): string => {
  const texts = publicationsOf(entries).flatMap((publication) => {
    // One that an operator has gone back to is by hand, too.
    if (metadataIn(publication.metadata.text)?.restored_at !== undefined) return []
    const there = entries.find((e) => e.key === dimension && e.revision === publication.revisions[dimension])
    return there !== undefined && parseThreshold(there.text).ok ? [there.text] : []
  })
  // One on request has no first value: the oldest was put by hand, too.
  const isFirst = ({ key, text }: ThresholdEntry) =>
    key === dimension && isDefault(dimension) && parseThreshold(text).ok
  const first = entries.find(isFirst)?.text
  return texts.at(-1) ?? first ?? JSON.stringify(firstThresholds[dimension])
}

/**
 * Metadata by which a key stands as published. Where all had been gone back to, the others stay as an operator wants them: what is
 * named by no publication and is not the first of its key is by hand.
 */
const metadataText = ({ metadata }: Standing, dimension: Dimension, revision: number): string => {
  const { restored_at: restoredAt, revisions, ...rest } = metadata ?? {}
  const kept = restoredAt === undefined ? revisions : {}
  return JSON.stringify({ ...rest, revisions: { ...kept, [dimension]: revision } })
}

/** What `unset` does at a store. */
export const takeBack = Effect.fn("takeBack")(function* (
  key: string
): Effect.fn.Return<Unset, StoreError | Outdated, ThresholdsStore> {
  const store = yield* ThresholdsStore
  const dimension = dimensions.find((d) => d === key)
  if (dimension === undefined) {
    if (!(yield* store.unknownKeys).includes(key)) return { _tag: "Unknown", key }
    yield* store.removeUnknown(key)
    return { _tag: "Removed", key }
  }
  const now = standingOf(yield* store.current)
  const entries = yield* store.history()
  // A key that was deleted leaves in force what was there before: that was by hand, too.
  if ((now.revisions[dimension] ?? 0) !== 0 && !putByOperator(now, entries).includes(dimension)) {
    return { _tag: "NotByHand", key: dimension, value: now.thresholds[dimension] ?? firstThresholds[dimension] }
  }
  const text = learnt(entries, dimension)
  const revision = yield* putExpecting(store, dimension, text, now.revisions[dimension] ?? 0)
  yield* putExpecting(store, "metadata", metadataText(now, dimension, revision), now.metadataRevision)
  const parsed = parseThreshold(text)
  return { _tag: "Unset", key: dimension, value: parsed.ok ? parsed.value : firstThresholds[dimension], revision }
})

const wordsOf = (done: Exclude<Unset, { _tag: "Unknown" }>): string => {
  switch (done._tag) {
    case "Unset":
      return `${done.key} ${thresholdWord(done.value)} again, revision ${done.revision}; from now on it follows what is computed.`
    case "NotByHand":
      return `${done.key} was not set by hand: it ${thresholdWord(done.value)}, as computed.`
    case "Removed":
      return `The key ${done.key}, which nothing reads, is removed.`
  }
}

export const unset = (input: UnsetInput): Effect.Effect<void, UserFailure> =>
  takeBack(input.key).pipe(
    Effect.catchTag("Outdated", () =>
      Effect.fail(failed("A threshold was set by someone else in the meantime: check the history and run this again."))
    ),
    Effect.flatMap((done) =>
      done._tag === "Unknown"
        ? Effect.fail(wrongUsage(`There is no threshold ${done.key}: there are ${dimensions.join(", ")}.`))
        : tell(done, wordsOf(done), input.json)
    ),
    Effect.provide(thresholdsPortsAt(input.nats, "thresholds-unset")),
    Effect.mapError(toUserFailure)
  )
