import { parseRfc3339, rfc3339 } from "@chaussettes/domain"
import { WindowsLog } from "@chaussettes/jetstream"
import { Effect, Option } from "effect"

/** A role that may only send cannot read WINDOWS; then nothing is known, and no time is lost over it. */
const patienceMs = 2_000

/** Lines from before are late, ms since the epoch; `undefined` where that cannot be known or nothing is decided. */
export const lateBeforeMs: Effect.Effect<number | undefined, never, WindowsLog> = Effect.gen(function* () {
  const windows = yield* WindowsLog
  const newest = yield* windows.get(yield* windows.lastSeq)
  return newest === undefined ? undefined : readLateBefore(newest.data)
}).pipe(
  Effect.timeoutOption(patienceMs),
  Effect.map(Option.getOrUndefined),
  Effect.catch(() => Effect.succeed(undefined))
)

const readLateBefore = (record: string): number | undefined => {
  try {
    const { decided_through, late_before } = JSON.parse(record) as { decided_through?: unknown; late_before?: unknown }
    const lateBefore = late_before ?? decided_through
    return typeof lateBefore === "string" ? parseRfc3339(lateBefore) : undefined
  } catch {
    return undefined
  }
}

/** What is said where lines begin before what still takes lines. */
export const decidedWarning = (firstMs: number, lateMs: number): string | undefined =>
  firstMs >= lateMs
    ? undefined
    : `The detector has decided everything up to ${rfc3339(lateMs)} for good and these lines begin at ${rfc3339(firstMs)}: those before will count as late and raise no alert. ` +
      "Ways out: --rebase now shifts their times; replay older files before newer ones; " +
      "look at the files alone with `chaussettes analyze`; or start the detector afresh (docs/generator.md)."
