import {
  type Dimension,
  dimensions,
  firstThresholds,
  isDefault,
  mapDimensions,
  type PerDimension,
  parseThreshold,
  type Threshold
} from "@chaussettes/domain"
import { type StoreError, type ThresholdEntry, ThresholdsStore } from "@chaussettes/jetstream"
import { Effect } from "effect"
import type { ThresholdsMetadata } from "./metadata.ts"

/** What stands in the bucket now. */
export interface Standing {
  /** Of the dimensions that always are on, and of those on request that have a value. */
  readonly thresholds: PerDimension<Threshold>
  /** 0 where a key has no value. */
  readonly revisions: PerDimension<number>
  readonly metadata: Partial<ThresholdsMetadata> | undefined
  readonly metadataRevision: number
}

export const metadataIn = (text: string | undefined): Partial<ThresholdsMetadata> | undefined => {
  if (text === undefined || text === "") return undefined
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === "object" && json !== null && !Array.isArray(json)
      ? (json as Partial<ThresholdsMetadata>)
      : undefined
  } catch {
    return undefined
  }
}

export const standingOf = (entries: ReadonlyArray<ThresholdEntry>): Standing => {
  const of = (key: ThresholdEntry["key"]) => entries.find((entry) => entry.key === key)
  const metadata = of("metadata")
  const on = dimensions.filter((d) => isDefault(d) || of(d) !== undefined)
  return {
    thresholds: mapDimensions((d) => {
      const parsed = parseThreshold(of(d)?.text ?? "")
      return parsed.ok ? parsed.value : firstThresholds[d]
    }, on),
    revisions: mapDimensions((d) => of(d)?.revision ?? 0, on),
    metadata: metadataIn(metadata?.text),
    metadataRevision: metadata?.revision ?? 0
  }
}

export const standing: Effect.Effect<Standing, StoreError, ThresholdsStore> = Effect.gen(function* () {
  const store = yield* ThresholdsStore
  return standingOf(yield* store.current)
})

/**
 * Whether this is a key's first value, which is there to be replaced. Those of dimensions on request have none: what stands there before a
 * publication is what somebody wants.
 */
export const isFirst = (history: ReadonlyArray<ThresholdEntry>, dimension: Dimension, revision: number): boolean =>
  isDefault(dimension) && !history.some((entry) => entry.key === dimension && entry.revision < revision)

/**
 * The keys that stand as an operator wants them: a service leaves them alone. They were put since the last publication, or
 * belong to one that an operator has gone back to. Where none was published yet that is a key with a value behind its first
 * one; first values are there to be replaced.
 */
export const putByOperator = (
  { revisions, metadata }: Standing,
  history: ReadonlyArray<ThresholdEntry>
): ReadonlyArray<Dimension> =>
  dimensions.filter((d) => {
    const revision = revisions[d] ?? 0
    if (revision === 0) return false
    const published = metadata?.revisions?.[d]
    if (published === undefined) return !isFirst(history, d, revision)
    return published !== revision || metadata?.restored_at !== undefined
  })
