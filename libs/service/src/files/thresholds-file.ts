import { readFile } from "node:fs/promises"
import {
  type Dimension,
  dimensions,
  firstThresholds,
  type IncidentModel,
  incidentModelFromJson,
  mapDimensions,
  type PerDimension,
  type Threshold,
  thresholdFromJson
} from "@chaussettes/domain"
import { Effect } from "effect"
import { reasonOf, type UserFailure, wrongUsage } from "../failure.ts"

export interface ThresholdsFile {
  readonly thresholds: PerDimension<Threshold>
  /** What incidents are judged by, where the file brings it. */
  readonly incidents: IncidentModel | undefined
}

/**
 * The thresholds of a file such as deploy/seuils.json, or of what `thresholds --out` wrote; a dimension that it does not name keeps the first
 * value.
 */
export const readThresholdsFile = (name: string): Effect.Effect<ThresholdsFile, UserFailure> => {
  const bad = (why: string): UserFailure =>
    wrongUsage(
      `Cannot take thresholds from ${name}: ${why}. It should look like {"global": 0.1, "ip": 0.3, "url": 0.5}.`
    )
  return Effect.gen(function* () {
    const text = yield* Effect.tryPromise({ try: () => readFile(name, "utf8"), catch: (cause) => bad(reasonOf(cause)) })
    const json = yield* Effect.try({
      try: () => JSON.parse(text) as unknown,
      catch: (cause) => bad(`it is not JSON: ${reasonOf(cause)}`)
    })
    if (typeof json !== "object" || json === null || Array.isArray(json)) return yield* bad("it is not an object")
    const values: { [dimension in Dimension]?: Threshold } & PerDimension<Threshold> = {
      ...mapDimensions((d) => firstThresholds[d])
    }
    for (const dimension of dimensions) {
      const given = (json as { readonly [name: string]: unknown })[dimension]
      if (given === undefined) continue
      const parsed = thresholdFromJson(given)
      if (!parsed.ok) return yield* bad(`${dimension}: ${parsed.reason}`)
      values[dimension] = parsed.value
    }
    const { incidents } = json as { readonly incidents?: unknown }
    if (incidents === undefined) return { thresholds: values, incidents: undefined }
    const model = incidentModelFromJson(incidents)
    if (!model.ok) {
      return yield* wrongUsage(
        `Cannot judge incidents by ${name}: ${model.reason}. Write the file again with chaussettes thresholds --out.`
      )
    }
    return { thresholds: values, incidents: model.value }
  })
}
