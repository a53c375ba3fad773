import { count, counted } from "@chaussettes/service"
import { Effect, Schedule, type Scope } from "effect"
import { say, showProgress } from "./say.ts"

/** What was sent since the beginning. */
export interface SentSoFar {
  readonly lines: number
  readonly bytes: number
}

/** What was read, or is still to be, and is not stored; and for how long the oldest of it has waited. */
export interface Behind {
  readonly bytes: number
  readonly ms: number
}

const everyMs = 60_000
const shownEveryMs = 200
/** What waits for less is on its way. */
const leastBehindMs = 1_000

/** What a minute has brought, in one line; undefined where it brought nothing and nothing waits. */
export const newsOf = (before: SentSoFar, now: SentSoFar, behind: Behind | undefined): string | undefined => {
  const lines = now.lines - before.lines
  const waits = behind !== undefined && behind.bytes > 0 && behind.ms >= leastBehindMs
  if (lines === 0 && !waits) return undefined
  const sent =
    lines === 0
      ? "Nothing sent in the last minute"
      : `${counted(lines, "line")}, ${count(now.bytes - before.bytes)}B sent in the last minute`
  const left = waits
    ? `, ${count(behind.bytes)}B left to send, for ${count(behind.ms / 1000)} s`
    : behind === undefined
      ? ""
      : ", none left to send"
  return `${sent}${left}.`
}

/**
 * Says what is sent for as long as the scope is open: on a terminal all the time, elsewhere once a minute where there is something to say. Under
 * `chaussettes start` the page does, and its terminal is for alerts.
 *
 * @param sent as it is now
 * @param isTold false where what is said would come back as a line to be sent
 */
export const tellSent = Effect.fn("tellSent")(function* (
  what: string,
  sent: Readonly<SentSoFar>,
  behind: () => Behind | undefined = () => undefined,
  isTold = true
): Effect.fn.Return<void, never, Scope.Scope> {
  if (process.stderr.isTTY) {
    const at = yield* showProgress(true, what, "lines", 0)
    yield* Effect.forkScoped(
      Effect.repeat(
        Effect.sync(() => at(sent.lines)),
        Schedule.spaced(shownEveryMs)
      )
    )
    return
  }
  if (!isTold || process.env.CHAUSSETTES_SUPERVISED === "1") return
  let before: SentSoFar = { lines: 0, bytes: 0 }
  const tell = Effect.suspend(() => {
    const now = { lines: sent.lines, bytes: sent.bytes }
    const news = newsOf(before, now, behind())
    before = now
    return news === undefined ? Effect.void : say(news)
  })
  yield* Effect.forkScoped(Effect.delay(Effect.repeat(tell, Schedule.spaced(everyMs)), everyMs))
})
