import { Clock, Effect, Metric } from "effect"

/** What was sent, for /metrics (docs/metrics.md). */
export interface SentMetrics {
  readonly sent: (lines: number, bytes: number) => Effect.Effect<void>
}

/** `part` stands in the names: a generator's simulated lines are not to be taken for a shipper's real ones. */
export const makeSentMetrics = Effect.fn("makeSentMetrics")(function* (
  part: "generator" | "replay" | "ship"
): Effect.fn.Return<SentMetrics> {
  const counter = (name: string, description: string) =>
    Metric.counter(`chaussettes_${part}_${name}`, { description, incremental: true })
  const messages = counter("messages_total", "Messages handed over")
  const lines = counter("lines_total", "Lines handed over")
  const bytes = counter("bytes_total", "Bytes of these lines")
  const last = Metric.gauge(`chaussettes_${part}_last_sent_timestamp_seconds`, {
    description: "When lines were last handed over"
  })
  for (const metric of [messages, lines, bytes]) yield* Metric.update(metric, 0)
  return {
    sent: (newLines, newBytes) =>
      Effect.gen(function* () {
        yield* Metric.update(messages, 1)
        yield* Metric.update(lines, newLines)
        yield* Metric.update(bytes, newBytes)
        yield* Metric.update(last, (yield* Clock.currentTimeMillis) / 1000)
      })
  }
})
