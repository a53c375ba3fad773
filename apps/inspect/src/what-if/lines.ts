import { type DetectionSettings, type IncidentEvent, memoryOfBatch } from "@chaussettes/domain"
import { LogsReader } from "@chaussettes/jetstream"
import { logsStream } from "@chaussettes/jetstream/topology"
import { progress } from "@chaussettes/service"
import { type OffloadFailed, offload } from "@chaussettes/service/offload"
import { Effect, Stream } from "effect"
import { type LineOptions, LineSteps } from "./line-steps.ts"

/** In a thread of its own: a month of lines is read while those before are decided. */
const deciding = offload(
  { start: (options: LineOptions) => new LineSteps(options), name: "what-if-lines", source: import.meta.url },
  "auto"
)

/**
 * Decides incidents again by all lines that LOGS holds now, as `analyze --incidents` does over files: by what they teach up to each window. What the
 * detector had learnt from lines that are gone is not known here.
 */
export const tellFromLines = Effect.fn("tellFromLines")(function* (
  settings: DetectionSettings,
  budgetWeekly: number,
  tell: (event: IncidentEvent) => void
) {
  const reader = yield* LogsReader
  const { firstSeq, lastSeq } = yield* reader.state
  if (lastSeq < firstSeq) return
  const steps = yield* deciding.open({ settings, budgetWeekly })
  const waiting: Array<Effect.Effect<ReadonlyArray<IncidentEvent>, OffloadFailed>> = []
  const tellAllBut = (most: number) =>
    Effect.gen(function* () {
      while (waiting.length > most) for (const event of yield* waiting.shift()!) tell(event)
    })
  const bar = yield* progress({ what: `Reading ${logsStream}`, unit: "messages", total: lastSeq - firstSeq + 1 })
  yield* reader.read({ fromSeq: firstSeq, throughSeq: lastSeq }).pipe(
    Stream.filter(({ batch }) => batch.messages > 0),
    Stream.runForEach(({ batch }) =>
      Effect.gen(function* () {
        const readSeq = batch.seqs[batch.messages - 1]!
        waiting.push(yield* steps.begin("decide", batch, memoryOfBatch(batch)))
        yield* tellAllBut(deciding.ahead - 1)
        bar.at(readSeq - firstSeq + 1)
      })
    )
  )
  waiting.push(yield* steps.begin("decide", null))
  yield* tellAllBut(0)
}, Effect.scoped)
