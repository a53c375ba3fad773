import { type IncidentEvent, parseRfc3339, Telling } from "@chaussettes/domain"
import { painter } from "@chaussettes/presentation/terminal"
import { readActs } from "@chaussettes/readmodel/queries"
import { toUserFailure } from "@chaussettes/service"
import { settingsFor, settingsNow } from "@chaussettes/service/history-settings"
import { Effect, Option } from "effect"
import { lookPorts } from "../ports.ts"
import type { WhatIfIncidentsInput } from "./flags.ts"
import { tellFromLines } from "./lines.ts"
import { type Compared, jsonOf, textOf } from "./report.ts"
import { actsTried, mostIncidents, ofSpan, spanBefore, tellStored, thresholdsKnown } from "./stored.ts"

/** What an answer takes of the command line. */
export type Tried = Pick<WhatIfIncidentsInput, "sinceMs" | "budget" | "silence" | "withoutActs" | "lines">

/** The budget that most lately was in force, if none was asked for. */
const budgetIn = (now: Telling): number => now.incidents.at(-1)?.event.certificate.budget_total_weekly ?? 1

/**
 * By the stored evidence where that is enough: certificates say how strong it was, so a smaller budget keeps those that reach its level. What would have been told
 * with a larger one stands nowhere, so the lines decide again.
 *
 * @param fromLines tells the events that the lines give with a budget
 */
export const compare = Effect.fn("compare")(function* <E, R>(
  tried: Tried,
  fromLines: (budgetWeekly: number, tell: (event: IncidentEvent) => void) => Effect.Effect<void, E, R>
) {
  const span = yield* spanBefore(tried.sinceMs)
  if (span === undefined) return undefined
  const { fromMs, toMs } = span
  const now = new Telling({ acts: (yield* readActs).acts }, mostIncidents)
  const acts = yield* actsTried(tried.silence, tried.withoutActs, fromMs)
  const budget = Option.getOrUndefined(tried.budget)
  const { thresholdOf, budgetWeekly } = yield* thresholdsKnown
  const byEvidence = new Telling(
    { acts, thresholdOf, ...(budget === undefined ? {} : { budgetWeekly: budget }) },
    mostIncidents
  )
  let least = Number.POSITIVE_INFINITY
  yield* tellStored(fromMs, (event) => {
    now.add(event)
    byEvidence.add(event)
    if (parseRfc3339(event.timestamp)! > fromMs) least = Math.min(least, event.certificate.budget_total_weekly)
  })
  // Where nothing was told, no certificate says how much was allowed, and a larger budget may well have told something.
  const allowed = Number.isFinite(least) ? least : (budgetWeekly ?? budgetIn(now))
  const isByLines = tried.lines || (budget !== undefined && budget > allowed)
  const byLines = new Telling({ acts }, mostIncidents)
  if (isByLines) yield* fromLines(budget ?? budgetIn(now), (event) => byLines.add(event))
  const telling = isByLines ? byLines : byEvidence
  const compared: Compared = {
    fromMs,
    toMs,
    by: isByLines ? "lines" : "evidence",
    budget,
    now: ofSpan(now, fromMs),
    tried: ofSpan(telling, fromMs),
    left: Math.max(now.left, telling.left)
  }
  return compared
})

export const whatIfIncidents = Effect.fn("whatIfIncidents")(
  function* (input: WhatIfIncidentsInput) {
    const compared = yield* compare(input, (budget, tell) =>
      Effect.gen(function* () {
        const say = (words: string) => Effect.sync(() => void process.stderr.write(`${words}\n`))
        yield* tellFromLines(yield* settingsNow(settingsFor({ ...input, asGiven: false }, false), say), budget, tell)
      })
    )
    yield* Effect.sync(() => {
      if (compared === undefined) process.stderr.write("Nothing was decided yet.\n")
      else process.stdout.write(input.json ? `${jsonOf(compared)}\n` : textOf(compared, painter(process.stdout.isTTY)))
    })
  },
  (effect, { nats }) => Effect.provide(effect, lookPorts(nats, "incidents-what-if")),
  Effect.mapError(toUserFailure)
)
