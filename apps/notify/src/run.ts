import {
  actsStream,
  bucketStream,
  incidentsStream,
  layerActsLog,
  layerAlertsLog,
  layerIncidentsLog,
  layerNotifierLease,
  layerNotifyPositions,
  layerWindowsLog,
  notifyBucket,
  windowsStream
} from "@chaussettes/jetstream"
import type { UserFailure } from "@chaussettes/service"
import { runService } from "@chaussettes/service/shell"
import { Effect, Layer, Option } from "effect"
import type { NotifyInput } from "./flags.ts"
import { follow } from "./follow.ts"
import { leading } from "./leading.ts"
import { atOnce, type Policy } from "./outbox.ts"
import { receiversOf } from "./receivers.ts"
import { testReceivers } from "./test-receivers.ts"

const severities = { low: "LOW", medium: "MEDIUM", high: "HIGH" } as const

const policyOf = ({ digestMs, limit }: NotifyInput): Policy =>
  Option.isNone(digestMs) && Option.isNone(limit)
    ? atOnce
    : { digestMs: Option.getOrElse(digestMs, () => 0), limit: Option.getOrUndefined(limit) }

/** The service. Receivers are told apart from each other: one that is down keeps none of the others from hearing. */
export const notify = (input: NotifyInput): Effect.Effect<void, UserFailure> =>
  Effect.gen(function* () {
    const receivers = yield* receiversOf({
      ...input,
      policy: policyOf(input),
      pageUrl: Option.getOrUndefined(input.pageUrl)
    })
    if (input.test) return yield* testReceivers(receivers, input.json)
    const told = Effect.forEach(receivers, (receiver) => follow(receiver, { least: severities[input.least] }), {
      concurrency: "unbounded",
      discard: true
    })
    yield* runService(
      {
        ...input,
        name: "notify",
        description: "Tells people and programs of incidents",
        conditions: ["lead", ...receivers.map(({ name }) => name)],
        streams: [windowsStream, incidentsStream, actsStream, bucketStream(notifyBucket)]
      },
      Effect.provide(
        leading(told),
        Layer.mergeAll(
          layerWindowsLog,
          layerAlertsLog,
          layerIncidentsLog,
          layerActsLog,
          layerNotifyPositions,
          layerNotifierLease
        )
      )
    )
  })
