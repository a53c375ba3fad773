import { hostname } from "node:os"
import { Health, watched, wrongUsage } from "@chaussettes/service"
import { Effect, Layer, Option } from "effect"
import { sourceOf } from "../flags.ts"
import { pseudonymizeClients } from "../lines/pseudonymize.ts"
import { pseudonymizerOf } from "../lines/pseudonyms.ts"
import { shipStoresAt } from "../nats.ts"
import { tellSent } from "../sent-news.ts"
import type { ShipInput } from "../ship/flags.ts"
import { makeObserver } from "../ship/observer.ts"
import { shipJournal } from "./source.ts"

/** `ship --journald`, from its flags to the last sentence. */
export const runJournal = (flags: ShipInput) =>
  Effect.scoped(
    Effect.gen(function* () {
      const source = Option.getOrElse(flags.source, () => sourceOf(hostname()))
      if (source.includes("{name}")) {
        return yield* wrongUsage("--source: {name} stands for a log's name, and the journal has none.")
      }
      const name = yield* pseudonymizerOf(flags)
      const observer = yield* makeObserver
      const stores = yield* Layer.build(shipStoresAt(flags.nats))
      yield* (yield* Health).ready("output")
      const options = {
        source,
        units: flags.unit,
        from: Option.getOrUndefined(flags.from),
        rewrites: name === undefined ? [] : [pseudonymizeClients(name)]
      }
      // Of the whole journal, what is said here may be a part.
      yield* tellSent("Sending", observer.sent, undefined, flags.unit.length > 0)
      yield* Effect.onInterrupt(
        shipJournal(options, observer.of(source)).pipe(Effect.provide(stores)),
        () => observer.tell
      )
    })
  ).pipe(Effect.provide(watched(flags.operations, "ship", "output")))
