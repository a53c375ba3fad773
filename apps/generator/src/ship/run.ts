import { hostname } from "node:os"
import { setTimeout as delay } from "node:timers/promises"
import { count, Health, type UserFailure } from "@chaussettes/service"
import { Deferred, Effect, Layer, Metric, Option } from "effect"
import { sourceOf } from "../flags.ts"
import { makeSentMetrics } from "../metrics.ts"
import { shipStoresAt } from "../nats.ts"
import { watched } from "../operations.ts"
import { pseudonymizerOf } from "../pseudonym-key.ts"
import { pseudonymizeClients } from "../replay/rewrite.ts"
import { say } from "../say.ts"
import type { ShipFlags } from "./command.ts"
import { shipLimits } from "./limits.ts"
import { type SourceEvents, shipSource } from "./source.ts"
import { patternsOf, sourcesOf } from "./sources.ts"

/** All that `ship` does, from its flags to the last sentence. */
export const runShip = (flags: ShipFlags) =>
  Effect.scoped(
    Effect.gen(function* () {
      const source = Option.getOrElse(flags.source, () => sourceOf(hostname()))
      const patterns = patternsOf(flags.logs)
      const name = yield* pseudonymizerOf(flags)
      const observer = yield* makeObserver
      const stores = yield* Layer.build(shipStoresAt(flags.nats))
      const ship = (own: string, paths: ReadonlyArray<string>) =>
        shipSource(
          {
            source: own,
            patterns: paths,
            from: Option.getOrUndefined(flags.from),
            polls: flags.poll,
            rewrites: name === undefined ? [] : [pseudonymizeClients(name)]
          },
          observer.of(own)
        ).pipe(Effect.provide(stores))
      yield* (yield* Health).ready("output")
      const all = source.includes("{name}") ? shipEach(source, patterns, ship) : ship(source, patterns)
      yield* Effect.onInterrupt(all, () => observer.tell)
    })
  ).pipe(Effect.provide(watched(flags.operations, "ship", "output")))

/** A source a log, also for the logs that appear later. */
const shipEach = <R>(
  template: string,
  patterns: ReadonlyArray<string>,
  ship: (source: string, paths: ReadonlyArray<string>) => Effect.Effect<never, UserFailure, R>
): Effect.Effect<never, UserFailure, R> =>
  Effect.scoped(
    Effect.gen(function* () {
      const running = new Map<string, Array<string>>()
      const failure = yield* Deferred.make<never, UserFailure>()
      const look = Effect.gen(function* () {
        const sources = yield* Effect.promise(() => sourcesOf(template, patterns))
        for (const [source, paths] of sources) {
          const known = running.get(source)
          // Two logs of one name in two folders are one source: the second is found by the ship that runs.
          if (known !== undefined) known.splice(0, known.length, ...new Set([...known, ...paths]))
          else if (running.size < shipLimits.sources) {
            const own = [...paths]
            running.set(source, own)
            yield* Effect.forkScoped(Effect.catch(ship(source, own), (error) => Deferred.fail(failure, error)))
          }
        }
        yield* Effect.promise(() => delay(shipLimits.watchedScanMs))
      })
      return yield* Effect.raceFirst(Effect.forever(look), Deferred.await(failure))
    })
  )

/** What all sources together have sent and have still to send. */
const makeObserver = Effect.gen(function* () {
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
  return { of, tell }
})

const showEveryMs = 200
