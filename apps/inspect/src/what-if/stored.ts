import {
  type ActMatch,
  Acts,
  actOf,
  type Certificate,
  type IncidentEvent,
  type IncidentModel,
  incidentModelFromJson,
  orderOf,
  parseRfc3339,
  rfc3339,
  type Telling,
  type ToldIncident,
  thresholdOf
} from "@chaussettes/domain"
import { Incidents, IncidentsStore, Windows } from "@chaussettes/jetstream"
import { readActs } from "@chaussettes/readmodel/queries"
import { Effect, Result, Stream } from "effect"

/** Of so many incidents it is said what becomes of them, the newest. */
export const mostIncidents = 20_000

/** An incident is accepted as normal after a day: one that went on in the span has said something since. */
const lookBackMs = 2 * 86_400_000

/** What people said, and what is tried: a silence over the whole span, in the place of those that were. */
export const actsTried = Effect.fn("actsTried")(function* (
  silences: ReadonlyArray<ActMatch>,
  withoutActs: boolean,
  sinceMs: number
) {
  const acts = withoutActs ? new Acts() : (yield* readActs).acts
  // A silence lasts a year at most: two of them cover all that WINDOWS and INCIDENTS hold.
  const spanMs = 365 * 86_400_000
  for (const [i, match] of silences.entries()) {
    for (let part = 0; part < 2; part++) {
      const fromMs = sinceMs - lookBackMs + part * spanMs
      const span = { from: rfc3339(fromMs), until: rfc3339(fromMs + spanMs) }
      const by = { by: "what-if", atMs: fromMs, token: `${i}.${part}` }
      acts.add(Result.getOrThrow(actOf({ type: "silence", match, ...span }, by)))
    }
  }
  return acts
})

/** The slope of each family in the model that a certificate rests on, as far as the bucket still holds it, and the budget of the newest one. */
export const thresholdsKnown = Effect.gen(function* () {
  const models = new Map<string, IncidentModel>()
  let budgetWeekly: number | undefined
  for (const { text } of yield* (yield* IncidentsStore).history("model")) {
    const read = yield* Effect.try(() => incidentModelFromJson(JSON.parse(text))).pipe(
      Effect.orElseSucceed(() => undefined)
    )
    if (read?.ok) budgetWeekly = read.value.budget_weekly
    if (read?.ok && read.value.learnt !== null) models.set(read.value.learnt.end, read.value)
  }
  return {
    budgetWeekly,
    thresholdOf: ({ learnt_through: through, family }: Certificate) => {
      const model = through === null ? undefined : models.get(through)
      return model && thresholdOf(model, family)
    }
  }
})

/** The end of the newest decided window, and where the span before it begins; undefined where nothing was decided. */
export const spanBefore = Effect.fn("spanBefore")(function* (spanMs: number) {
  const newest = yield* (yield* Windows).latest
  if (newest === undefined) return undefined
  const toMs = orderOf(newest.record).endMs
  return { fromMs: toMs - spanMs, toMs }
})

/** Told the events of incidents that were open from a time on, each incident's from its first event on, as far as they are held. */
export const tellStored = Effect.fn("tellStored")(function* (fromMs: number, tell: (event: IncidentEvent) => void) {
  const incidents = yield* Incidents
  const first = yield* incidents.firstFrom(fromMs - lookBackMs)
  if (first === undefined) return
  yield* Stream.runForEach(incidents.read(first.seq), ({ event }) => Effect.sync(() => tell(event)))
})

/** Those that were open in the span. */
export const ofSpan = (told: Telling, fromMs: number): ReadonlyArray<ToldIncident> =>
  told.incidents.filter(({ event }) => event.type !== "closed" || parseRfc3339(event.timestamp)! > fromMs)
