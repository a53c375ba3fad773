import { type Dimension, defaultDimensions, dimensions, dimensionsOnRequest, isDimension } from "@chaussettes/domain"
import { Config, Result } from "effect"
import { Flag } from "effect/cli"
import { flagOf, type Read } from "./read.ts"

const always = defaultDimensions.join(",")
const onRequest = dimensionsOnRequest.join(",")

/** The dimensions that are counted and judged: all that always are have to be named, so that nobody believes to have left one out. */
const parseDimensions = (text: string): Read<ReadonlyArray<Dimension>> => {
  const names = text.split(",").map((name) => name.trim())
  const unknown = names.find((name) => !isDimension(name))
  if (unknown !== undefined) return Result.fail(`dimensions out of ${dimensions.join(",")}, not "${unknown}"`)
  const missing = defaultDimensions.filter((dimension) => !names.includes(dimension))
  if (missing.length > 0) return Result.fail(`${always} among them: these cannot be left out (${missing.join(", ")})`)
  return Result.succeed(dimensions.filter((dimension) => names.includes(dimension)))
}

export const dimensionsFlag = Flag.String("dimensions").pipe(
  Flag.withMetavar("names"),
  Flag.withDescription(
    `Compute error rates over these dimensions, separated by commas: ${always} always, and on request ${onRequest}`
  ),
  Flag.withFallbackConfig(Config.String("CHAUSSETTES_DIMENSIONS")),
  Flag.withDefault(always),
  flagOf("dimensions", parseDimensions)
)
