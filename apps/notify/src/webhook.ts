import { keyToken, rfc3339 } from "@chaussettes/domain"
import { Effect } from "effect"
import { type Address, post } from "./post.ts"
import type { Receiver } from "./receiver.ts"
import type { Change } from "./tracker.ts"
import { descriptionOf, pageLinkOf, summaryOf } from "./words.ts"

export const incidentSchema = "chaussettes.incident.v1"

/** The same change has the same key and the same body, however often it is sent. */
export const idempotencyKey = ({ state, incident }: Change): string => `${incident.id}.${state}`

export const webhookBody = ({ state, incident }: Change, pageUrl: string | undefined) => ({
  schema: incidentSchema,
  id: incident.id,
  state,
  dimension: incident.dimension,
  ...(incident.key === null ? {} : { [incident.dimension]: incident.key }),
  severity: incident.severity,
  opened: rfc3339(incident.openedMs),
  last: rfc3339(incident.lastMs),
  alerts: incident.alerts,
  total_requests: incident.requests,
  errors: incident.errors,
  worst: { id: incident.worstId, value: Math.round(incident.worstRate * 10_000) / 10_000 },
  last_id: incident.lastId,
  summary: summaryOf(incident),
  description: descriptionOf(incident),
  ...(pageUrl === undefined ? {} : { page: pageLinkOf(pageUrl, incident) })
})

/** A receiver that takes each change as a request of its own, in order. */
export const webhook = (options: {
  readonly name: string
  readonly address: Address
  readonly pageUrl: string | undefined
}): Receiver => ({
  kind: "webhook",
  name: options.name,
  shown: options.address.shown,
  key: `webhook.${keyToken(options.address.url)}`,
  tell: (changes) =>
    Effect.forEach(
      changes,
      (change) =>
        post(options.address, JSON.stringify(webhookBody(change, options.pageUrl)), {
          "idempotency-key": idempotencyKey(change)
        }),
      { discard: true }
    )
})
