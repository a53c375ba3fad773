import type { Act } from "@chaussettes/domain"
import { incidentViewOf, lookedAtMs, saidOf } from "@chaussettes/readmodel"
import { actsFrom, readActs, readIncidentEvents } from "@chaussettes/readmodel/queries"
import { Clock, Effect } from "effect"
import type { ActsResponse, IncidentActsResponse } from "../api/index.ts"
import type { Feed } from "../live/feed.ts"

const sinceMs = 30 * 86_400_000
const mostActs = 500

const actBody = ({ id, type, at, by, until, text }: Act) => ({
  id,
  type,
  at,
  by,
  ...(until === undefined ? {} : { until }),
  ...(text === undefined ? {} : { text })
})

/** What people said about one incident. */
export const incidentActsOf = Effect.fn("incidentActsOf")(function* (
  { history }: Pick<Feed["Service"], "history">,
  id: string
) {
  const { newest } = yield* readIncidentEvents(id)
  const { acts } = yield* readActs
  const atMs = lookedAtMs(history.endMs, yield* Clock.currentTimeMillis)
  const { acknowledged, silenced, notes } = saidOf(incidentViewOf(newest), acts, atMs)
  return {
    acknowledged: acknowledged === undefined ? null : actBody(acknowledged),
    silenced: silenced === undefined ? null : actBody(silenced),
    notes: notes.map(actBody)
  } satisfies IncidentActsResponse
})

/** What people said about incidents, the newest first. */
export const actsSaid = Effect.gen(function* () {
  const nowMs = yield* Clock.currentTimeMillis
  const { acts, left } = yield* actsFrom(nowMs - sinceMs, nowMs, mostActs)
  return {
    acts: acts.toReversed().map(({ act: { schema: _, ...act }, holds }) => ({ ...act, holds })),
    left
  } satisfies ActsResponse
})
