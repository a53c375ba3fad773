import {
  type Dimension,
  defaultErrors,
  dimensions,
  everyDimension,
  isDimension,
  type PerDimension,
  parseStatuses
} from "@chaussettes/domain"
import { Config, Result } from "effect"
import { Flag } from "effect/cli"
import { flagOf, type Read } from "./read.ts"

const example = "such as 5xx, or global=5xx,ip=4xx-404,url=>=400"

const names = `${dimensions.slice(0, -1).join(", ")} or ${dimensions.at(-1)}`

/** `5xx` for all, or `global=5xx,ip=4xx`, where a dimension that is not named keeps its default. */
export const parseErrors = (text: string): Read<PerDimension<string>> => {
  const parts = text.split(",").map((part) => part.trim())
  const errors = { ...everyDimension(() => defaultErrors.global) } as { [dimension in Dimension]: string }
  const named = new Set<Dimension>()
  for (const part of parts) {
    const [, name, statuses] = /^(?:([a-z]+)\s*=)?(.*)$/s.exec(part)!
    if (name === undefined && parts.length > 1) {
      return Result.fail(`a dimension before each of several, ${example}; ${part} has none`)
    }
    if (name !== undefined && !isDimension(name)) return Result.fail(`${names} before the =, not ${name}`)
    if (name !== undefined && named.has(name)) return Result.fail(`${name} once`)
    const parsed = parseStatuses(statuses!)
    if (!parsed.ok) return Result.fail(`statuses, ${example}; ${parsed.reason}`)
    for (const dimension of name === undefined ? dimensions : [name]) {
      errors[dimension] = parsed.value
      named.add(dimension)
    }
  }
  return Result.succeed(errors)
}

const statuses = Flag.String("errors").pipe(
  Flag.withMetavar("statuses"),
  Flag.withDescription(
    "Count these statuses as errors: 5xx for all, or by dimension, as in global=5xx,ip=4xx-404,url=400.. (docs/how-it-works.md)"
  ),
  Flag.withFallbackConfig(Config.String("CHAUSSETTES_ERRORS"))
)

export const errorsFlag = statuses.pipe(Flag.withDefault(defaultErrors.global), flagOf("errors", parseErrors))

/** None where nobody says it, here or in the configuration: then the detector's records do. Described alike, so that it is one setting for both. */
export const givenErrorsFlag = statuses.pipe(flagOf("errors", parseErrors), Flag.optional)
