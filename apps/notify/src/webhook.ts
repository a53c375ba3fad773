import { keyToken, rfc3339 } from "@chaussettes/domain"
import { Effect } from "effect"
import { type Batch, batchKey, idempotencyKey, newestByIncident, worseFirst } from "./batch.ts"
import { composer, sampleBatch, valuesOf } from "./message.ts"
import { atOnce, type Policy } from "./outbox.ts"
import { type Address, post } from "./post.ts"
import type { Receiver } from "./receiver.ts"
import { jsonEscape, type Template } from "./template.ts"
import type { Change } from "./tracker.ts"
import { descriptionOf, type Language, pageLinkOf, summaryOf } from "./words.ts"

const incidentSchema = "chaussettes.incident.v1"
const digestSchema = "chaussettes.digest.v1"
const testSchema = "chaussettes.test.v1"

/** Changes in one request, and how long they may be together: a URL is as long as a client made it. */
const mostListed = 100
const mostDigestChars = 262_144

interface Shape {
  readonly language: Language
  readonly pageUrl: string | undefined
}

const webhookBody = ({ state, incident }: Change, { language, pageUrl }: Shape) => ({
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
  summary: summaryOf(language, incident),
  description: descriptionOf(language, incident),
  ...(pageUrl === undefined ? {} : { page: pageLinkOf(pageUrl, incident) })
})

/** Several changes as one: how many of each kind, the worst one, and as many as there is room for, worst first. */
export const digestBody = (batch: Batch, shape: Shape) => {
  const sorted = [...batch.changes].sort(worseFirst).slice(0, mostListed)
  const changes: Array<ReturnType<typeof webhookBody>> = []
  let chars = 0
  for (const change of sorted) {
    const body = webhookBody(change, shape)
    chars += JSON.stringify(body).length
    if (chars > mostDigestChars && changes.length > 0) break
    changes.push(body)
  }
  const { closed, escalated, opened } = batch.counts
  return {
    schema: digestSchema,
    ...(batch.heldSinceMs === undefined ? {} : { since: rfc3339(batch.heldSinceMs), held_for: batch.heldFor }),
    opened,
    escalated,
    closed,
    changes,
    unlisted: opened + escalated + closed - changes.length
  }
}

/** A receiver that takes changes as JSON: each as a request of its own, in order, unless it wants to be told less often; or as a template says. */
export const webhook = (options: {
  readonly name: string
  readonly address: Address
  readonly shape: Shape
  readonly policy: Policy
  readonly template: Extract<Template, { readonly kind: "json" }> | undefined
}): Receiver => {
  const { address, name, policy, shape, template } = options
  const words = composer({ ...shape, template: undefined })
  const send = (key: string, body: string) => post(address, body, { "idempotency-key": key })
  const templated = (batch: Batch, own: { readonly title: string; readonly text: string }): string =>
    template!.body(valuesOf(batch, newestByIncident(batch), own, shape), jsonEscape)
  const eachAlone = (changes: ReadonlyArray<Change>) =>
    Effect.forEach(changes, (change) => send(idempotencyKey(change), JSON.stringify(webhookBody(change, shape))), {
      discard: true
    })
  return {
    kind: "webhook",
    name,
    shown: address.shown,
    key: `webhook.${keyToken(address.url)}`,
    policy,
    tell: (batch) => {
      if (template !== undefined) return send(batchKey(batch), templated(batch, words.message(batch)))
      if (policy === atOnce || batch.changes.length === 1) return eachAlone(batch.changes)
      return send(batchKey(batch), JSON.stringify(digestBody(batch, shape)))
    },
    test: Effect.suspend(() => {
      const { text, title } = words.test(0)
      const body =
        template === undefined
          ? JSON.stringify({ schema: testSchema, summary: `${title}. ${text}` })
          : templated(sampleBatch, { title, text })
      return send("test", body)
    })
  }
}
