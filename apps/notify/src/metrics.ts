import { Clock, Effect, Metric } from "effect"
import type { Counts } from "./batch.ts"
import type { ChangeState } from "./tracker.ts"

/** What /metrics says of the notifier. Labels come from closed sets: the receivers of the command line and the states. */

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })
const gauge = (name: string, description: string) => Metric.gauge(name, { description })

const states: ReadonlyArray<ChangeState> = ["opened", "escalated", "closed"]

const changes = counter("chaussettes_notify_changes_total", "Changes of incidents sent to a receiver")
const failures = counter("chaussettes_notify_failures_total", "Requests that a receiver did not accept")
const untold = counter(
  "chaussettes_notify_untold_incidents_total",
  "Incidents without notification, because too many were open"
)
const open = gauge("chaussettes_notify_open_incidents", "Incidents that go on")
const waiting = gauge("chaussettes_notify_receiver_waiting", "1 while a receiver takes nothing")
const held = gauge(
  "chaussettes_notify_held_changes",
  "Changes that wait for a digest, or for a limit to let them through"
)
const messages = counter("chaussettes_notify_messages_total", "Times that a receiver accepted a notification")
const lastTaken = gauge(
  "chaussettes_notify_last_taken_timestamp_seconds",
  "When a receiver last accepted a notification"
)

/** The metrics of one receiver, each there from the start. */
export const metricsOf = (receiver: string) => {
  const of = <A extends Metric.Metric<number, unknown>>(metric: A) => Metric.withAttributes(metric, { receiver })
  const ofState = (state: ChangeState) => Metric.withAttributes(changes, { receiver, state })
  return {
    begin: Effect.all(
      [
        ...states.map((state) => Metric.update(ofState(state), 0)),
        ...[failures, untold, messages].map((metric) => Metric.update(of(metric), 0)),
        ...[open, waiting, held].map((metric) => Metric.update(of(metric), 0))
      ],
      { discard: true }
    ),
    told: (counts: Counts) =>
      Effect.andThen(
        Metric.update(of(messages), 1),
        Effect.forEach(states, (state) => Metric.update(ofState(state), counts[state]), { discard: true })
      ),
    held: (changes: number) => Metric.update(of(held), changes),
    taken: Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
      Effect.andThen(Metric.update(of(lastTaken), nowMs / 1000), Metric.update(of(waiting), 0))
    ),
    failed: Effect.andThen(Metric.update(of(failures), 1), Metric.update(of(waiting), 1)),
    open: (incidents: number) => Metric.update(of(open), incidents),
    untold: (more: number) => Metric.update(of(untold), more)
  }
}
