import { keyToken, rfc3339 } from "@chaussettes/domain"
import { Effect } from "effect"
import { type Batch, batchKey, newestByIncident, sumOf } from "./batch.ts"
import { type Change, idempotencyKey, worseFirst } from "./change.ts"
import { composer, sampleBatch, valuesOf } from "./message.ts"
import { atOnce, type Policy } from "./outbox.ts"
import { type Address, post } from "./post.ts"
import type { Receiver } from "./receiver.ts"
import { jsonEscape, type Template } from "./template.ts"
import { descriptionOf, type Language, pageLinkOf, summaryOf } from "./words.ts"

const notificationSchema = "chaussettes.notification.v2"
const digestSchema = "chaussettes.digest.v2"
const testSchema = "chaussettes.test.v1"

/** Changes in one request, and how long they may be together: a URL is as long as a client made it. */
const mostListed = 100
const mostDigestChars = 262_144

interface Shape {
  readonly language: Language
  readonly pageUrl: string | undefined
}

/** The fields of `chaussettes.incident.v1`, which told groups of alerts, mean what they meant there as far as there are such. */
const webhookBody = (change: Change, { language, pageUrl }: Shape) => {
  const { acknowledged, before, event, severity, state } = change
  const { cause, certificate, closed_at, closed_why, victims } = event
  return {
    schema: notificationSchema,
    id: event.id,
    state,
    kind: event.kind,
    dimension: cause.dimension,
    ...(cause.key === null ? {} : { [cause.dimension]: cause.key }),
    severity,
    ...(before === undefined ? {} : { severity_before: before }),
    opened: event.opened_at,
    last: event.timestamp,
    ...(closed_at === undefined ? {} : { closed: closed_at, closed_why }),
    ...(acknowledged === undefined ? {} : { acknowledged: { by: acknowledged.by, at: acknowledged.at } }),
    total_requests: event.requests,
    errors: event.errors,
    clients: event.clients,
    windows: event.windows,
    rate: certificate.observed_rate,
    usual_rate: certificate.expected_rate,
    cause: { dimension: cause.dimension, keys: cause.keys, key_count: cause.key_count, share: cause.share },
    victims,
    summary: summaryOf(language, event),
    description: descriptionOf(language, change),
    ...(pageUrl === undefined ? {} : { page: pageLinkOf(pageUrl, event) })
  }
}

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
  const { acknowledged, "changed-cause": changedCause, closed, grew, opened } = batch.counts
  return {
    schema: digestSchema,
    ...(batch.heldSinceMs === undefined ? {} : { since: rfc3339(batch.heldSinceMs), held_for: batch.heldFor }),
    opened,
    grew,
    changed_cause: changedCause,
    acknowledged,
    closed,
    changes,
    unlisted: sumOf(batch.counts) - changes.length
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
