import { readFile } from "node:fs/promises"
import { type Dimension, dimensions, firstSeuils, type Seuil, seuilFromJson } from "@chaussettes/domain"
import { failed, reasonOf, type UserFailure, wrongUsage } from "@chaussettes/service"
import { Effect } from "effect"

const form = 'They should look like {"global": 0.1, "ip": 0.3, "url": 0.5}.'

/** Reads thresholds from a file such as deploy/seuils.json; a dimension that it does not name keeps the first value. */
export const readSeuilsFile = (
  name: string
): Effect.Effect<{ readonly [dimension in Dimension]: Seuil }, UserFailure> =>
  Effect.gen(function* () {
    const text = yield* Effect.tryPromise({
      try: () => readFile(name, "utf8"),
      catch: (cause) => failed(`Cannot read the thresholds in ${name}: ${reasonOf(cause)}. Give another file.`, cause)
    })
    const json = yield* Effect.try({
      try: () => JSON.parse(text) as unknown,
      catch: (cause) => wrongUsage(`The thresholds in ${name} are no JSON: ${reasonOf(cause)}. ${form}`)
    })
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      return yield* wrongUsage(`The thresholds in ${name} are no object. ${form}`)
    }
    const given = json as Partial<Record<Dimension, unknown>>
    const values: Record<Dimension, Seuil> = { ...firstSeuils }
    for (const dimension of dimensions) {
      if (given[dimension] === undefined) continue
      const parsed = seuilFromJson(given[dimension])
      if (!parsed.ok)
        return yield* wrongUsage(`The threshold ${dimension} in ${name} cannot be used: ${parsed.reason}. ${form}`)
      values[dimension] = parsed.value
    }
    return values
  })
