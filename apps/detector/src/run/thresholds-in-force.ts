import {
  type Dimension,
  defaultDimensions,
  dimensionsIn,
  firstThresholds,
  mapDimensions,
  parseThreshold,
  type ThresholdInForce,
  type ThresholdsInForce,
  thresholdsOf
} from "@chaussettes/domain"
import { type StoreError, type ThresholdEntry, ThresholdsStore } from "@chaussettes/jetstream"
import { Effect, type Scope, Stream, SubscriptionRef } from "effect"

/** The three keys of one publication arrive one by one: a change is handed on when none has followed for so long. */
const settleMs = 100

/** A value that is refused, and what stays in force instead. */
export interface BadThreshold {
  readonly entry: ThresholdEntry
  readonly dimension: Dimension
  readonly reason: string
  readonly inForce: ThresholdInForce
}

/** What the entries make of the thresholds in force: a good value replaces an older one, a bad or missing one replaces nothing. */
const adopt = (
  thresholds: ThresholdsInForce,
  entry: ThresholdEntry
): { readonly thresholds: ThresholdsInForce; readonly bad?: BadThreshold } => {
  if (entry.key === "metadata") return { thresholds }
  const dimension: Dimension = entry.key
  const inForce = thresholds[dimension]
  // One of a dimension that is not judged here.
  if (inForce === undefined) return { thresholds }
  if (entry.revision <= inForce.revision) return { thresholds }
  const parsed = parseThreshold(entry.text)
  if (!parsed.ok) return { thresholds, bad: { entry, dimension, reason: parsed.reason, inForce } }
  return { thresholds: { ...thresholds, [dimension]: { value: parsed.value, revision: entry.revision } } }
}

/** What is in force stays so until the new bucket says otherwise; its revisions are of a bucket that is no more. */
const withoutRevisions = (thresholds: ThresholdsInForce): ThresholdsInForce =>
  mapDimensions((dimension) => ({ value: thresholds[dimension]!.value, revision: 0 }), dimensionsIn(thresholds))

/**
 * The thresholds in force, kept up to date for as long as the scope is open.
 * @param on the dimensions that are judged
 */
export const thresholdsInForce = (
  onBad: (bad: BadThreshold) => Effect.Effect<void>,
  on: ReadonlyArray<Dimension> = defaultDimensions
): Effect.Effect<SubscriptionRef.SubscriptionRef<ThresholdsInForce>, StoreError, ThresholdsStore | Scope.Scope> =>
  Effect.gen(function* () {
    const store = yield* ThresholdsStore
    let latest = thresholdsOf(firstThresholds, 0, on)
    const refused = new Map<string, number>()
    let bucket: string | undefined
    /** Entries come from one bucket and then, where it was deleted and made again, from the next one. */
    const enter = ({ bucketCreated }: ThresholdEntry) => {
      if (bucketCreated === undefined || bucketCreated === bucket) return
      if (bucket !== undefined) {
        latest = withoutRevisions(latest)
        refused.clear()
      }
      bucket = bucketCreated
    }
    const take = (entry: ThresholdEntry) =>
      Effect.gen(function* () {
        enter(entry)
        const { thresholds, bad } = adopt(latest, entry)
        latest = thresholds
        if (bad === undefined || (refused.get(entry.key) ?? 0) >= entry.revision) return
        refused.set(entry.key, entry.revision)
        // Between the value in force and this one there may have been a good one that was never seen.
        const missed = yield* Effect.orElseSucceed(store.history(entry.key), () => [])
        for (const older of missed) latest = adopt(latest, older).thresholds
        yield* onBad({ ...bad, inForce: latest[bad.dimension]! })
      })
    // The last good value may be an older one, so the history is gone through; only what stands last is worth a word.
    const history = yield* store.history()
    const newest = new Map(history.map((entry) => [entry.key, entry.revision]))
    for (const entry of history) {
      enter(entry)
      if (newest.get(entry.key) === entry.revision) yield* take(entry)
      else latest = adopt(latest, entry).thresholds
    }
    const inForce = yield* SubscriptionRef.make(latest)
    yield* store.changes.pipe(
      Stream.tap(take),
      Stream.debounce(settleMs),
      Stream.runForEach(() =>
        Effect.flatMap(SubscriptionRef.get(inForce), (now) =>
          now === latest ? Effect.void : SubscriptionRef.set(inForce, latest)
        )
      ),
      Effect.forkScoped
    )
    return inForce
  })
