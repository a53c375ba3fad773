import { visibleJson } from "@chaussettes/domain"
import { environmentLanguage, painter } from "@chaussettes/presentation/terminal"
import { readLook } from "@chaussettes/readmodel/queries"
import { toUserFailure, type UserFailure } from "@chaussettes/service"
import { Effect, References } from "effect"
import { lookPorts } from "../ports.ts"
import type { TopInput } from "./flags.ts"
import { jsonOf } from "./json.ts"
import { live } from "./live.ts"
import { shownOf } from "./shown.ts"
import { stillLines } from "./view.ts"

/** Where nothing says how wide a line may be. */
const usualColumns = 80

const columnsOf = (env: NodeJS.ProcessEnv): number => {
  const columns = process.stdout.columns || Number(env.COLUMNS)
  return Number.isInteger(columns) && columns >= 20 && columns <= 1_000 ? columns : usualColumns
}

/** A screen needs somebody who looks and keys to press, and a terminal that can move its cursor. */
const isLive = ({ json }: TopInput): boolean =>
  !json && process.stdout.isTTY === true && process.stdin.isTTY === true && process.env.TERM !== "dumb"

export const top = (input: TopInput): Effect.Effect<void, UserFailure> => {
  const language = environmentLanguage()
  const isScreen = isLive(input)
  const paint = painter(process.stdout.isTTY)
  const still = Effect.map(readLook(), (look) => {
    const shown = shownOf(look)
    const eye = { language, paint, nowMs: shown.status.atMs }
    process.stdout.write(
      input.json
        ? `${visibleJson(JSON.stringify(jsonOf(shown)))}\n`
        : `${stillLines(shown, columnsOf(process.env), eye).join("\n")}\n`
    )
  })
  return (isScreen ? live(input.everyMs, language, paint) : still).pipe(
    Effect.provide(lookPorts(input.nats, "top")),
    // What is logged would stand across the screen; it says itself what is lost.
    (effect) => (isScreen ? Effect.provideService(effect, References.MinimumLogLevel, "None") : effect),
    Effect.mapError(toUserFailure)
  )
}
