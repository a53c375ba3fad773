import {
  type Dimension,
  dimensions,
  dimensionsIn,
  parseRfc3339,
  parseThreshold,
  rfc3339,
  type Threshold,
  type WindowRecord
} from "@chaussettes/domain"
import type { ThresholdEntry } from "@chaussettes/jetstream"
import { isFirst, metadataIn } from "../compute/in-force.ts"

/** What a threshold did while it was in force, by the records of the windows that it judged. */
export interface Effect {
  windows: number
  breaches: number
  /** Ends of the first and the last window that it judged, ms since the epoch. */
  firstMs: number
  lastMs: number
}

/** One threshold that was ever put. */
export interface ThresholdHistory {
  readonly revision: number
  readonly dimension: Dimension
  /** Undefined for a value that could not be used, and for a key that was deleted. */
  readonly value: Threshold | undefined
  readonly text: string
  /** When it was put; undefined where only records still know of it. */
  readonly createdMs: number | undefined
  readonly by: string
  readonly publication: string | undefined
  readonly effect: Effect | undefined
}

/** Sums up the newest records of windows by threshold; they may come in any order. */
export class Effects {
  readonly #by = new Map<string, Effect & { readonly value: Threshold }>()

  add(record: WindowRecord): void {
    const endMs = parseRfc3339(record.end)!
    for (const dimension of dimensionsIn(record.seuils)) {
      const { revision, value } = record.seuils[dimension]!
      const key = `${dimension} ${revision}`
      let effect = this.#by.get(key)
      if (effect === undefined) {
        effect = { windows: 0, breaches: 0, firstMs: endMs, lastMs: endMs, value }
        this.#by.set(key, effect)
      }
      effect.windows++
      effect.breaches += record.breaches[dimension] ?? 0
      effect.firstMs = Math.min(effect.firstMs, endMs)
      effect.lastMs = Math.max(effect.lastMs, endMs)
    }
  }

  of(dimension: Dimension, revision: number): (Effect & { readonly value: Threshold }) | undefined {
    return this.#by.get(`${dimension} ${revision}`)
  }

  *[Symbol.iterator](): Iterator<
    readonly [dimension: Dimension, revision: number, Effect & { readonly value: Threshold }]
  > {
    for (const [key, effect] of this.#by) {
      const [dimension, revision] = key.split(" ") as [Dimension, string]
      yield [dimension, Number(revision), effect]
    }
  }
}

/** A publication, as its metadata tells of it. */
export interface Publication {
  readonly id: string
  readonly method: string
  readonly revisions: { readonly [dimension in Dimension]?: number }
  readonly metadata: ThresholdEntry
}

export const publicationsOf = (entries: ReadonlyArray<ThresholdEntry>): ReadonlyArray<Publication> =>
  entries.flatMap((entry) => {
    if (entry.key !== "metadata") return []
    const metadata = metadataIn(entry.text)
    if (metadata?.revisions === undefined) return []
    return [
      {
        id: metadata.publication ?? `${entry.revision}`,
        method:
          metadata.restored_at === undefined ? (metadata.method ?? "unknown") : `${metadata.method}, gone back to`,
        revisions: metadata.revisions,
        metadata: entry
      }
    ]
  })

/** The publication that first named this revision: later ones may name it, too, where a key stayed. */
export const publicationOf = (
  publications: ReadonlyArray<Publication>,
  dimension: Dimension,
  revision: number
): Publication | undefined => publications.find((p) => p.revisions[dimension] === revision)

/** Everything that is known of the thresholds, oldest first: from the bucket's history and, behind its end, from WINDOWS. */
export const historyOf = (
  entries: ReadonlyArray<ThresholdEntry>,
  effects: Effects
): ReadonlyArray<ThresholdHistory> => {
  const publications = publicationsOf(entries)
  const known = new Set<string>()
  const all: Array<ThresholdHistory> = []
  for (const entry of entries) {
    if (entry.key === "metadata") continue
    const dimension = entry.key
    known.add(`${dimension} ${entry.revision}`)
    const parsed = parseThreshold(entry.text)
    const publication = publicationOf(publications, dimension, entry.revision)
    const first = isFirst(entries, dimension, entry.revision)
    all.push({
      revision: entry.revision,
      dimension,
      value: parsed.ok ? parsed.value : undefined,
      text: entry.text,
      createdMs: entry.createdMs,
      by: publication?.method ?? (first ? "first values" : "operator"),
      publication: publication?.id,
      effect: effects.of(dimension, entry.revision)
    })
  }
  for (const [dimension, revision, effect] of effects) {
    if (known.has(`${dimension} ${revision}`)) continue
    all.push({
      revision,
      dimension,
      value: effect.value,
      text: JSON.stringify(effect.value),
      createdMs: undefined,
      by: revision === 0 ? "built in" : "no longer known",
      publication: undefined,
      effect
    })
  }
  return all.sort(
    (a, b) => a.revision - b.revision || dimensions.indexOf(a.dimension) - dimensions.indexOf(b.dimension)
  )
}

const dayMs = 86_400_000

/** Alerts a day while it was in force; by the time that its windows span, an hour at least. */
export const alertsADay = (effect: Effect): number =>
  (effect.breaches * dayMs) / Math.max(3_600_000, effect.lastMs - effect.firstMs)

export const jsonOf = (history: ReadonlyArray<ThresholdHistory>) => ({
  schema: "chaussettes.thresholds-history.v1",
  seuils: history.map((h) => ({
    revision: h.revision,
    dimension: h.dimension,
    value: h.value ?? null,
    by: h.by,
    ...(h.publication === undefined ? {} : { publication: h.publication }),
    put_at: h.createdMs === undefined ? null : rfc3339(h.createdMs),
    windows: h.effect?.windows ?? 0,
    alerts: h.effect?.breaches ?? 0,
    alerts_a_day: h.effect === undefined ? null : Math.round(alertsADay(h.effect) * 100) / 100
  }))
})
