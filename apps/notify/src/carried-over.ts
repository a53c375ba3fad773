import {
  type Alert,
  dimensionOf,
  type IncidentEvent,
  incidentSchema,
  keyOf,
  keyToken,
  parseRfc3339
} from "@chaussettes/domain"
import { Alerts } from "@chaussettes/jetstream"
import { Effect, Stream } from "effect"
import type { Change } from "./change.ts"
import type { EarlierPosition } from "./position.ts"
import { causeToken, type Teller } from "./teller.ts"

/*
 * A receiver that an earlier version told of groups of alerts. Such a group was named after its first alert, whose id ends with a digest of its
 * key. What it was told as open goes on as the incident of the same key, where there is one; the others are over for it.
 */

/** `url.20260105T100000Z-10s.f5047344122f0dee` without its window. */
const subjectOfGroup = (id: string): string => {
  const [dimension, , token = ""] = id.split(".")
  return `${dimension} ${token}`
}

const subjectOf = ({ cause: { dimension, key } }: IncidentEvent): string =>
  `${dimension} ${key === null ? "" : keyToken(key)}`

/** Has the teller know what the receiver was told; answers the ends of all groups that no open incident goes on with. */
export const carryOver = Effect.fn("carryOver")(function* (teller: Teller, earlier: EarlierPosition) {
  const told = new Map(earlier.told.map((id) => [id, subjectOfGroup(id)]))
  const subjects = new Set(told.values())
  for (const { stored } of teller.known()) {
    const subject = subjectOf(stored.event)
    if (!subjects.has(subject)) continue
    teller.remember(stored, { severity: stored.event.severity, cause: causeToken(stored.event) })
    for (const [id, of] of told) if (of === subject) told.delete(id)
  }
  const ends: Array<Change> = []
  if (told.size === 0 || earlier.resume_seq > earlier.alerts_seq) return ends
  const alerts = yield* Alerts
  yield* alerts.read(earlier.resume_seq, { throughSeq: earlier.alerts_seq }).pipe(
    Stream.runForEach(({ alert }) =>
      Effect.sync(() => {
        if (told.delete(alert.id)) ends.push(endOf(alert, earlier.decided))
      })
    )
  )
  return ends
})

/** The end of a group as that of an incident: what was known of it is known no more, and if the trouble goes on it is told by its cause. */
const endOf = (alert: Alert, decided: string): Change => {
  const isServer = (alert.server_errors ?? 0) > (alert.client_errors ?? 0)
  const of = dimensionOf(alert.type)
  // A virtual host is no cause of incidents.
  const dimension = of === "site" ? "global" : of
  const key = keyOf(alert) ?? null
  const event: IncidentEvent = {
    schema: incidentSchema,
    id: alert.id,
    type: "closed",
    timestamp: decided,
    dimension,
    kind: isServer ? "server-errors" : "client-errors",
    severity: alert.severity,
    message: alert.message,
    cause: { dimension, key, keys: key === null ? [] : [key], key_count: key === null ? 0 : 1, share: 1 },
    victims: { network: 0, url: 0, ip: 0 },
    opened_at: alert.window.start,
    closed_at: decided,
    closed_why: "forgotten",
    requests: alert.total_requests,
    errors: alert.errors,
    clients: 0,
    windows: 1,
    certificate: {
      family: isServer ? "global.server" : "global.client",
      evidence: 0,
      level: 0,
      budget_weekly: 0,
      budget_total_weekly: 0,
      expected_rate: 0,
      observed_rate: alert.value,
      since: alert.window.start,
      learnt_through: null
    }
  }
  return { state: "closed", seq: 0, event, severity: alert.severity }
}

export const decidedMsOf = ({ decided }: EarlierPosition): number => parseRfc3339(decided) ?? Number.NEGATIVE_INFINITY
