import {
  dimensionsIn,
  firstThresholds,
  mapDimensions,
  type PerDimension,
  rfc3339,
  type Threshold
} from "@chaussettes/domain"
import { JetStreamApiError } from "@nats-io/jetstream"
import { Kvm } from "@nats-io/kv"
import { Clock, Effect } from "effect"
import { isWrongLastSequence } from "../connection/api-errors.ts"
import { Connection } from "../connection/connection.ts"
import { explained } from "../connection/credentials.ts"
import { request } from "../connection/request.ts"
import { Refused, type StoreError } from "../errors.ts"
import { type ThresholdKey, thresholdKeys } from "../ports/thresholds.ts"
import { leastServerVersion, type TopologyOverrides, thresholdsBucket, topology } from "../topology.ts"
import { type Applied, applyStream, findStream } from "./stream-config.ts"

export type { Applied, Change } from "./stream-config.ts"

/** -1, 0, 1: as versions compare; what is not a number counts as 0, and what is behind a dash not at all. */
const compareVersions = (a: string, b: string): number => {
  const numbers = (version: string) =>
    version
      .split("-")[0]!
      .split(".")
      .map((part) => Number.parseInt(part, 10) || 0)
  const [left, right] = [numbers(a), numbers(b)]
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  return 0
}

/** Whether the connected server is at least of this version. */
export const serverIsAtLeast = Effect.fn("serverIsAtLeast")(function* (
  version: string
): Effect.fn.Return<boolean, never, Connection> {
  const { serverVersion } = yield* Connection
  return compareVersions(yield* serverVersion, version) >= 0
})

/** Fails unless the server is new enough for what the parts rest on; answers its version. */
export const checkServerVersion: Effect.Effect<string, Refused, Connection> = Effect.gen(function* () {
  const { serverVersion } = yield* Connection
  const version = yield* serverVersion
  if (compareVersions(version, leastServerVersion) >= 0) return version
  return yield* new Refused({
    what: "this server",
    why: `it is nats-server ${version}, and ${leastServerVersion} or later is needed`,
    remedy: "Update nats-server."
  })
})

/**
 * Makes the server's streams and buckets agree with the topology: creates what is missing, brings changed limits up to date,
 * and never deletes anything to do so. Running it again changes nothing. Says of each what was done. A stream that it did not make, or
 * that cannot hold what it is for, is refused, and then nothing is changed.
 *
 * A limit that somebody raised in the server is lowered only where `overrides` names it: the defaults of a new version must
 * not throw messages away.
 */
export const applyTopology = Effect.fn("applyTopology")(function* (
  overrides: TopologyOverrides = {}
): Effect.fn.Return<ReadonlyArray<Applied>, StoreError, Connection> {
  yield* checkServerVersion
  const { jsm, link } = yield* Connection
  // All are looked at before the first is changed: what is refused leaves everything as it was.
  const found = yield* Effect.forEach(topology(overrides), (spec) =>
    findStream(jsm, spec).pipe(
      Effect.mapBoth({ onFailure: (error) => explained(link, error), onSuccess: (config) => ({ spec, config }) })
    )
  )
  return yield* Effect.forEach(found, ({ spec, config }) => applyStream(jsm, spec, config, overrides[spec.name] ?? {}))
})

/** Values for keys of the bucket `seuils`, as text: of the dimensions that always are on, and of others that have one. */
export type FirstThresholds = PerDimension<string> & { readonly metadata: string }

/** What is in force until something better is known, as texts: bare numbers, and the metadata in the original's shape. */
export const firstThresholdTexts = (
  nowMs: number,
  values: PerDimension<Threshold> = mapDimensions((d) => firstThresholds[d])
): FirstThresholds => ({
  ...mapDimensions((dimension) => JSON.stringify(values[dimension]), dimensionsIn(values)),
  metadata: JSON.stringify({
    calculated_at: rfc3339(nowMs),
    total_logs_analyzed: 0,
    total_errors: 0,
    global_error_rate: 0,
    method: "default_values",
    analysis_period_minutes: 0,
    ips_analyzed: 0,
    urls_analyzed: 0,
    top_error_ips: [],
    top_error_urls: []
  })
})

/** Writes each threshold that has no value yet, and only those; answers the keys that were written. */
export const writeFirstThresholds = Effect.fn("writeFirstThresholds")(function* (
  first?: FirstThresholds
): Effect.fn.Return<ReadonlyArray<ThresholdKey>, StoreError, Connection> {
  const { js } = yield* Connection
  const values: FirstThresholds = first ?? firstThresholdTexts(yield* Clock.currentTimeMillis)
  const what = `the bucket ${thresholdsBucket}`
  const kv = yield* request(what, () => new Kvm(js).open(thresholdsBucket, { allow_direct: true }))
  const texts = thresholdKeys.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]] as const]))
  const written = yield* Effect.forEach(texts, ([key, text]) =>
    request(what, () =>
      kv.create(key, text).then(
        () => true,
        (error: unknown) => {
          if (error instanceof JetStreamApiError && isWrongLastSequence(error.code)) return false
          throw error
        }
      )
    ).pipe(Effect.map((created) => (created ? [key] : [])))
  )
  return written.flat()
})
