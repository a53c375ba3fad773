import { type IncidentKind, incidentKinds } from "@chaussettes/domain"
import { Clock, Effect, Metric } from "effect"
import type { Counts } from "./batch.ts"
import { type ChangeState, changeStates } from "./change.ts"

/** What /metrics says of the notifier. Labels come from closed sets: the receivers of the command line, the states and the kinds. */

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })
const gauge = (name: string, description: string) => Metric.gauge(name, { description })

const changes = counter("chaussettes_notify_changes_total", "Changes of incidents sent to a receiver")
const failures = counter("chaussettes_notify_failures_total", "Requests that a receiver did not accept")
const open = gauge("chaussettes_notify_open_incidents", "Incidents that go on, by kind")
const waiting = gauge("chaussettes_notify_receiver_waiting", "1 while a receiver takes nothing")
const held = gauge(
  "chaussettes_notify_held_changes",
  "Changes that wait for a digest, or for a limit to let them through"
)
const untold = gauge(
  "chaussettes_notify_untold_incidents",
  "Open incidents that a receiver was not told of: silenced, or less severe than it is told"
)
const leads = gauge("chaussettes_notify_leading", "1 while this notifier works, 0 on standby")
const messages = counter("chaussettes_notify_messages_total", "Times that a receiver accepted a notification")
const lastTaken = gauge(
  "chaussettes_notify_last_taken_timestamp_seconds",
  "When a receiver last accepted a notification"
)

/** Whether this notifier is the one that works. */
export const setLeading = (is: boolean) => Metric.update(leads, is ? 1 : 0)

/** The metrics of one receiver, each there from the start. */
export const metricsOf = (receiver: string) => {
  const of = <A extends Metric.Metric<number, unknown>>(metric: A) => Metric.withAttributes(metric, { receiver })
  const ofState = (state: ChangeState) => Metric.withAttributes(changes, { receiver, state })
  const setOpen = (kinds: ReadonlyArray<IncidentKind>) =>
    Effect.forEach(
      incidentKinds,
      (kind) =>
        Metric.update(Metric.withAttributes(open, { receiver, kind }), kinds.filter((one) => one === kind).length),
      { discard: true }
    )
  return {
    begin: Effect.all(
      [
        ...changeStates.map((state) => Metric.update(ofState(state), 0)),
        ...[failures, messages].map((metric) => Metric.update(of(metric), 0)),
        ...[waiting, held, untold].map((metric) => Metric.update(of(metric), 0)),
        setOpen([])
      ],
      { discard: true }
    ),
    told: (counts: Counts) =>
      Effect.andThen(
        Metric.update(of(messages), 1),
        Effect.forEach(changeStates, (state) => Metric.update(ofState(state), counts[state]), { discard: true })
      ),
    held: (changes: number) => Metric.update(of(held), changes),
    taken: Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
      Effect.andThen(Metric.update(of(lastTaken), nowMs / 1000), Metric.update(of(waiting), 0))
    ),
    failed: Effect.andThen(Metric.update(of(failures), 1), Metric.update(of(waiting), 1)),
    open: (kinds: ReadonlyArray<IncidentKind>, untoldOnes: number) =>
      Effect.andThen(setOpen(kinds), Metric.update(of(untold), untoldOnes))
  }
}
