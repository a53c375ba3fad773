import { hostname } from "node:os"
import { setTimeout as delay } from "node:timers/promises"
import { Health, type UserFailure, watched } from "@chaussettes/service"
import { Deferred, Effect, Layer, Option } from "effect"
import { sourceOf } from "../flags.ts"
import { pseudonymizeClients } from "../lines/pseudonymize.ts"
import { pseudonymizerOf } from "../lines/pseudonyms.ts"
import { shipStoresAt } from "../nats.ts"
import { tellSent } from "../sent-news.ts"
import type { ShipInput } from "./flags.ts"
import { shipLimits } from "./limits.ts"
import { makeObserver } from "./observer.ts"
import { shipSource } from "./source.ts"
import { patternsOf, sourcesOf } from "./sources.ts"

/** All that `ship` does, from its flags to the last sentence. */
export const runShip = (flags: ShipInput) =>
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
      yield* tellSent("Sending", observer.sent, observer.left)
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
