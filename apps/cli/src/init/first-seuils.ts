import { readFileSync } from "node:fs"
import { declarationOf, dimensions, type PerDimension, type Seuil, seuilFromJson } from "@chaussettes/domain"
import { reasonOf, type UserFailure, wrongUsage } from "@chaussettes/service"

/** The thresholds of a file such as deploy/seuils.json, or of what `thresholds --out` wrote. Throws a `UserFailure`. */
export const readSeuils = (path: string): PerDimension<Seuil> => {
  const bad = (why: string): UserFailure =>
    wrongUsage(
      `Cannot take thresholds from ${path}: ${why}. It should look like {"global": 0.1, "ip": 0.3, "url": 0.5}.`
    )
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, "utf8"))
  } catch (error) {
    throw bad(reasonOf(error))
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw bad("it is not an object")
  const given = json as Record<string, unknown>
  const values = dimensions.flatMap((dimension) => {
    if (given[dimension] === undefined && declarationOf(dimension).onRequest) return []
    const parsed = seuilFromJson(given[dimension])
    if (!parsed.ok) throw bad(`${dimension}: ${parsed.reason}`)
    return [[dimension, parsed.value] as const]
  })
  return Object.fromEntries(values) as unknown as PerDimension<Seuil>
}
