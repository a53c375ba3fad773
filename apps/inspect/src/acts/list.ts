import { rfc3339, visibleJson } from "@chaussettes/domain"
import { actsFrom } from "@chaussettes/readmodel/queries"
import { toUserFailure } from "@chaussettes/service"
import { Clock, Effect } from "effect"
import type { ListActsInput } from "./flags.ts"
import { actsPorts } from "./ports.ts"
import { actLine } from "./words.ts"

export const listActs = Effect.fn("listActs")(
  function* (input: ListActsInput) {
    const nowMs = yield* Clock.currentTimeMillis
    const { acts, left } = yield* actsFrom(nowMs - input.sinceMs, nowMs, input.most)
    yield* Effect.sync(() => {
      if (input.json) {
        const shown = acts.map(({ act, holds }) => ({ holds, ...act }))
        process.stdout.write(
          `${visibleJson(JSON.stringify({ schema: "chaussettes.acts.v1", at: rfc3339(nowMs), left_out: left, acts: shown }))}\n`
        )
        return
      }
      process.stdout.write(acts.map(({ act }) => `${actLine(act, process.stdout.isTTY)}\n`).join(""))
      if (acts.length === 0) process.stderr.write("Nothing was said about incidents in that span.\n")
      else if (left > 0) process.stderr.write(`${left} older ones are left out: --most shows more.\n`)
    })
  },
  (effect, { nats }) => Effect.provide(effect, actsPorts(nats, "acts")),
  Effect.mapError(toUserFailure)
)
