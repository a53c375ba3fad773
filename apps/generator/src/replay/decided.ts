import { lateBeforeOf, rfc3339 } from "@chaussettes/domain"
import { Windows } from "@chaussettes/jetstream"
import { Effect, Option } from "effect"

/** A role that may only send cannot read WINDOWS; then nothing is known, and no time is lost over it. */
const patienceMs = 2_000

/** Lines from before are late, ms since the epoch; `undefined` where that cannot be known or nothing is decided. */
export const lateBeforeMs: Effect.Effect<number | undefined, never, Windows> = Effect.gen(function* () {
  const newest = yield* (yield* Windows).latest
  return newest && lateBeforeOf(newest.record)
}).pipe(
  Effect.timeoutOption(patienceMs),
  Effect.map(Option.getOrUndefined),
  // Lines may be sent all the same: they mean to a later version's detector what they mean to this one's.
  Effect.catchTag("Unreadable", (later) => Effect.as(Effect.logWarning(later.message), undefined)),
  Effect.catch(() => Effect.succeed(undefined))
)

/** What is said where lines begin before what still takes lines. */
export const decidedWarning = (firstMs: number, lateMs: number): string | undefined =>
  firstMs >= lateMs
    ? undefined
    : `The detector has finally decided all windows up to ${rfc3339(lateMs)}, and these lines begin at ${rfc3339(firstMs)}: lines before that time count as late and raise no alert. ` +
      "Ways out: --rebase now shifts their times; replay older files before newer ones; " +
      "look at the files alone with `chaussettes analyze`; or start the detector afresh (docs/generator.md)."
