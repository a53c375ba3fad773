import { hostname } from "node:os"
import { Health, spoilExitCode, watched } from "@chaussettes/service"
import { orderLogFiles } from "@chaussettes/service/log-order"
import { Effect, Layer, Option } from "effect"
import { sourceOf } from "../flags.ts"
import { pseudonymizeClients } from "../lines/pseudonymize.ts"
import { pseudonymizerOf } from "../lines/pseudonyms.ts"
import { replayStoresAt } from "../nats.ts"
import { tell } from "../say.ts"
import { lookAt, usageFailure } from "./files.ts"
import type { ReplayInput } from "./flags.ts"
import { replayInto, summaryText } from "./replay.ts"
import { newStart, resumedStart } from "./start.ts"

/** All that `replay` does, from its flags to the last sentence. */
export const runReplay = (flags: ReplayInput) =>
  Effect.scoped(
    Effect.gen(function* () {
      const wrong = usageFailure(flags.files, flags.resume)
      if (wrong !== undefined) return yield* wrong
      const isPipe = flags.files[0] === "-"
      const source = Option.getOrElse(flags.source, () => sourceOf(hostname()))
      // A wrong name is told before anything is sent.
      const looked = isPipe ? [] : yield* lookAt(flags.files)
      const { names, isGivenByTime, words } = yield* orderLogFiles(flags.files, flags.asGiven)
      const asGiven = flags.asGiven && !isGivenByTime
      const files = isPipe ? [] : names.map((path) => looked.find((file) => file.path === path)!)
      const name = yield* pseudonymizerOf(flags)
      const stores = yield* Layer.build(replayStoresAt(flags.nats, isPipe))
      const replay = Effect.gen(function* () {
        const start = flags.resume
          ? yield* resumedStart(source, { ...flags, asGiven }, files)
          : yield* newStart(flags, files)
        yield* replayInto(
          {
            source,
            files: isPipe ? "standard input" : files,
            start,
            speed: Option.getOrUndefined(flags.speed),
            words,
            asGiven,
            ...Option.match(flags.format, { onNone: () => ({}), onSome: (format) => ({ format }) }),
            rewrites: name === undefined ? [] : [pseudonymizeClients(name, flags.trustedProxies)]
          },
          (summary, isUsable) => {
            // An end that was asked for is a good one.
            if (!isUsable && summary.finished) spoilExitCode()
            return tell(summary, summaryText(summary), flags.json)
          }
        )
      })
      yield* (yield* Health).ready("output")
      yield* Effect.provide(replay, stores)
    })
  ).pipe(Effect.provide(watched(flags.operations, "replay", "output")))
