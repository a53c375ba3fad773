import {
  Connection,
  type LogsReader,
  type LogsWriter,
  layerLogsReader,
  layerLogsWriter,
  layerWindowsLog,
  type StoreError,
  type WindowsLog
} from "@chaussettes/jetstream"
import { connectionHealth, connectionSettings, type Health, type NatsFlagValues } from "@chaussettes/service"
import { Effect, Layer } from "effect"

/** Says in /readyz whether the server is connected. */
const healthOfConnection = Layer.effectDiscard(
  Effect.gen(function* () {
    yield* Effect.forkScoped(connectionHealth(yield* Connection))
  })
)

/** LOGS to be written, at the server that the flags name. */
export const logsWriterAt = (nats: NatsFlagValues, name: string): Layer.Layer<LogsWriter, StoreError, Health> =>
  Layer.merge(layerLogsWriter(), healthOfConnection).pipe(
    Layer.provide(Connection.layer(connectionSettings(nats, name)))
  )

/** And what a replay reads: how far the source is, and how far the detector. */
export const replayStoresAt = (
  nats: NatsFlagValues
): Layer.Layer<LogsWriter | LogsReader | WindowsLog, StoreError, Health> =>
  Layer.mergeAll(layerLogsWriter(), layerLogsReader, layerWindowsLog, healthOfConnection).pipe(
    Layer.provide(Connection.layer(connectionSettings(nats, "replay")))
  )
