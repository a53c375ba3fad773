import { type Act, parseRfc3339, rfc3339, visibleJson } from "@chaussettes/domain"
import { Acts as ActsStream } from "@chaussettes/jetstream"
import { readActs } from "@chaussettes/readmodel/queries"
import { toUserFailure } from "@chaussettes/service"
import { Clock, Effect, Stream } from "effect"
import type { ListActsInput } from "./flags.ts"
import { actsPorts } from "./ports.ts"
import { actLine } from "./words.ts"

/** What was said from a time on, and what holds at another one or will; in the order in which it was said, the newest `most`. */
export const actsFrom = Effect.fn("actsFrom")(function* (sinceMs: number, nowMs: number, most: number) {
  const { acts, throughSeq } = yield* readActs
  const holding = new Set(acts.quietFrom(nowMs).map(({ id }) => id))
  const kept: Array<Act> = []
  let left = 0
  yield* Stream.runForEach((yield* ActsStream).read(1, { throughSeq }), ({ act }) =>
    Effect.sync(() => {
      if (parseRfc3339(act.at)! < sinceMs && !holding.has(act.id)) return
      kept.push(act)
      if (kept.length > most) {
        kept.shift()
        left++
      }
    })
  )
  return { acts: kept.map((act) => ({ holds: acts.holds(act, nowMs), act })), left }
})

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
