import {
  type Dimension,
  dimensions,
  everyDimension,
  firstSeuils,
  isDefault,
  mapDimensions,
  type PerDimension,
  parseSeuil,
  type Seuil
} from "@chaussettes/domain"
import { type SeuilEntry, SeuilsStore, type StoreError } from "@chaussettes/jetstream"
import { Effect } from "effect"
import type { SeuilsMetadata } from "./metadata.ts"

/** What stands in the bucket now. */
export interface Standing {
  /** Of the dimensions that always are on, and of those on request that have a value. */
  readonly seuils: PerDimension<Seuil>
  /** 0 where a key has no value. */
  readonly revisions: { readonly [dimension in Dimension]: number }
  readonly metadata: Partial<SeuilsMetadata> | undefined
  readonly metadataRevision: number
}

export const metadataIn = (text: string | undefined): Partial<SeuilsMetadata> | undefined => {
  if (text === undefined || text === "") return undefined
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === "object" && json !== null && !Array.isArray(json)
      ? (json as Partial<SeuilsMetadata>)
      : undefined
  } catch {
    return undefined
  }
}

export const standingOf = (entries: ReadonlyArray<SeuilEntry>): Standing => {
  const of = (key: SeuilEntry["key"]) => entries.find((entry) => entry.key === key)
  const metadata = of("metadata")
  return {
    seuils: mapDimensions(
      (d) => {
        const parsed = parseSeuil(of(d)?.text ?? "")
        return parsed.ok ? parsed.value : firstSeuils[d]
      },
      dimensions.filter((d) => isDefault(d) || of(d) !== undefined)
    ),
    revisions: everyDimension(({ name }) => of(name)?.revision ?? 0),
    metadata: metadataIn(metadata?.text),
    metadataRevision: metadata?.revision ?? 0
  }
}

export const standing: Effect.Effect<Standing, StoreError, SeuilsStore> = Effect.gen(function* () {
  const store = yield* SeuilsStore
  return standingOf(yield* store.current)
})

/**
 * The keys that stand as an operator wants them: a service leaves them alone. They were put since the last publication, or
 * belong to one that an operator has gone back to. Where none was published yet that is a key with a value behind its first
 * one; first values are there to be replaced.
 */
export const putByOperator = (
  { revisions, metadata }: Standing,
  history: ReadonlyArray<SeuilEntry>
): ReadonlyArray<Dimension> =>
  dimensions.filter((d) => {
    if (revisions[d] === 0) return false
    const published = metadata?.revisions?.[d]
    if (published === undefined) return history.some((entry) => entry.key === d && entry.revision < revisions[d])
    return published !== revisions[d] || metadata?.restored_at !== undefined
  })
