import { type Act, actSubject, encodeAct } from "@chaussettes/domain"
import { Effect } from "effect"
import { Refused, type StoreError } from "../errors.ts"
import { ActsLog } from "../ports/versioned-log.ts"
import { actsStream } from "../topology.ts"

/** People act seldom: who is refused so often has met something else. */
const mostTries = 10

/** Appends an act behind all that stand in ACTS, and answers its sequence. One that was stored by an answer that got lost counts once in the fold. */
export const sayAct = Effect.fn("sayAct")(function* (act: Act): Effect.fn.Return<number, StoreError, ActsLog> {
  const log = yield* ActsLog
  const entry = { subject: actSubject(act), data: encodeAct(act), epoch: 0 }
  for (let tries = 0; tries < mostTries; tries++) {
    const done = yield* Effect.result(log.append([entry], yield* log.lastSeq))
    if (done._tag === "Success") return done.success
    if (done.failure._tag !== "Outdated") return yield* done.failure
  }
  return yield* new Refused({
    what: `the stream ${actsStream}`,
    why: `others wrote to it at the same time, ${mostTries} times`,
    remedy: "Try again."
  })
})
