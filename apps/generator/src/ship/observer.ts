import { count, Health } from "@chaussettes/service"
import { Effect, Metric } from "effect"
import { makeSentMetrics } from "../metrics.ts"
import { say } from "../say.ts"
import type { Behind } from "../sent-news.ts"
import type { SourceEvents } from "./writer.ts"

const showEveryMs = 200

/** What all sources together have sent and have still to send. */
export const makeObserver = Effect.gen(function* () {
  const metrics = yield* makeSentMetrics("ship")
  const health = yield* Health
  const gauge = (name: string, description: string) => Metric.gauge(`chaussettes_ship_${name}`, { description })
  const files = gauge("open_files", "Files that are followed")
  const lagBytes = gauge("lag_bytes", "Bytes in them that are not stored in LOGS")
  const lagSeconds = gauge("lag_seconds", "For how long the oldest of these bytes has waited")
  const behind = new Map<string, { readonly files: number; readonly bytes: number; readonly ms: number }>()
  const waiting = new Map<string, string>()
  const sent = { lines: 0, bytes: 0, messages: 0 }
  let shownMs = Number.NEGATIVE_INFINITY

  const show = Effect.gen(function* () {
    shownMs = performance.now()
    const all = [...behind.values()]
    const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0)
    yield* Metric.update(
      files,
      sum((one) => one.files)
    )
    yield* Metric.update(
      lagBytes,
      sum((one) => one.bytes)
    )
    yield* Metric.update(lagSeconds, Math.max(0, ...all.map((one) => one.ms)) / 1000)
  })
  yield* show

  const of = (source: string): SourceEvents => ({
    sent: (lines, bytes) => {
      sent.lines += lines
      sent.bytes += bytes
      sent.messages++
      return metrics.sent(lines, bytes)
    },
    looked: (now) => {
      behind.set(source, now)
      return performance.now() - shownMs < showEveryMs ? Effect.void : show
    },
    waiting: (why) => {
      if (why === undefined) waiting.delete(source)
      else waiting.set(source, why)
      const [first] = waiting.values()
      return first === undefined ? health.ready("logs") : health.notReady("logs", first)
    }
  })
  const tell = Effect.suspend(() =>
    say(`${count(sent.lines)} lines, ${count(sent.bytes)}B sent in ${count(sent.messages)} messages.`)
  )
  /** Of all sources together. */
  const left = (): Behind => {
    const all = [...behind.values()]
    return { bytes: all.reduce((sum, { bytes }) => sum + bytes, 0), ms: Math.max(0, ...all.map(({ ms }) => ms)) }
  }
  return { of, tell, sent, left }
})
