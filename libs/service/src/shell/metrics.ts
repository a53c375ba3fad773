import { Clock, Effect, Layer, Metric, Stream, SubscriptionRef } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import { Health } from "./health.ts"

/** What every service says of itself, whatever else it does. */
const ready = Metric.gauge("chaussettes_ready", {
  description: "1 while this process can do its work, as /readyz says"
})
const startTime = Metric.gauge("process_start_time_seconds", { description: "When this process was started" })
const memory = Metric.gauge("process_resident_memory_bytes", { description: "Memory of this process" })
const cpu = Metric.counter("process_cpu_seconds_total", {
  description: "CPU time of this process, of all its threads",
  incremental: true
})

/** Reads what the process alone knows: when it is asked for, since nothing tells of a change. */
const readProcess = (() => {
  let countedSeconds = 0
  return Effect.gen(function* () {
    const { user, system } = process.cpuUsage()
    const seconds = (user + system) / 1e6
    yield* Metric.update(cpu, Math.max(0, seconds - countedSeconds))
    countedSeconds = seconds
    yield* Metric.update(memory, process.memoryUsage.rss())
    yield* Metric.update(startTime, Math.round((yield* Clock.currentTimeMillis) / 1000 - process.uptime()))
  })
})()

/** `chaussettes_ready`, kept up to date. */
const followReady = Effect.gen(function* () {
  const { conditions } = yield* Health
  yield* SubscriptionRef.changes(conditions).pipe(
    Stream.runForEach((all) => Metric.update(ready, [...all.values()].every((condition) => condition.ready) ? 1 : 0)),
    Effect.forkScoped
  )
})

/** `/metrics` in Prometheus' text format. */
export const metricsRoute: Layer.Layer<never, never, HttpRouter.HttpRouter | Health> = Layer.merge(
  Layer.effectDiscard(followReady),
  HttpRouter.add(
    "GET",
    "/metrics",
    Effect.gen(function* () {
      yield* readProcess
      return HttpServerResponse.text(yield* PrometheusMetrics.format(), {
        contentType: "text/plain; version=0.0.4; charset=utf-8"
      })
    })
  )
)
