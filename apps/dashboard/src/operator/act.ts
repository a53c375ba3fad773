import { randomBytes } from "node:crypto"
import { type Act, actOf, type Dimension, type Said, type Threshold, visibleText } from "@chaussettes/domain"
import { type Outdated, type StoreError, sayAct, ThresholdsStore, type Unreadable } from "@chaussettes/jetstream"
import { firstEventOf, readActs } from "@chaussettes/readmodel/queries"
import { Clock, Effect, Result } from "effect"
import type { OperatorStores } from "./stores.ts"

/** What was asked cannot be done, in words for who asked. */
export class CannotAct {
  readonly _tag = "CannotAct"
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/** Stores what the operator says. An act on what is not there would do nothing, and nobody would notice. */
export const act = Effect.fn("act")(function* (
  said: Said,
  by: string
): Effect.fn.Return<Act, CannotAct | StoreError | Unreadable, OperatorStores> {
  if (said.incident !== undefined && (yield* firstEventOf(said.incident)) === undefined)
    return yield* Effect.fail(new CannotAct("There is no such incident."))
  if (said.lifts !== undefined && !(yield* readActs).acts.knows(said.lifts))
    return yield* Effect.fail(new CannotAct("There is no such act that holds."))
  const made = actOf(said, { by, atMs: yield* Clock.currentTimeMillis, token: randomBytes(4).toString("hex") })
  if (Result.isFailure(made))
    return yield* Effect.fail(new CannotAct(`This cannot be said about incidents: ${made.failure}.`))
  yield* sayAct(made.success)
  const { id, type, incident, match, lifts } = made.success
  const about = incident ?? lifts ?? (match === undefined ? "all incidents" : JSON.stringify(match))
  yield* Effect.logInfo(visibleText(`Through the page, ${by} said: ${type} of ${about} (${id})`))
  return made.success
})

/** Puts a threshold in force where the one that the operator looked at still is. */
export const force = Effect.fn("force")(function* (
  dimension: Dimension,
  threshold: Threshold,
  revision: number
): Effect.fn.Return<number, Outdated | StoreError, OperatorStores> {
  const text = JSON.stringify(threshold)
  const put = yield* (yield* ThresholdsStore).update(dimension, text, revision)
  yield* Effect.logInfo(`Through the page, the operator set the threshold of ${dimension} to ${text}: revision ${put}`)
  return put
})
