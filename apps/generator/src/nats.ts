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
import { connectionSettings, type NatsFlagValues } from "@chaussettes/service"
import { Layer } from "effect"

/** LOGS to be written, at the server that the flags name. */
export const logsWriterAt = (nats: NatsFlagValues, name: string): Layer.Layer<LogsWriter, StoreError> =>
  layerLogsWriter().pipe(Layer.provide(Connection.layer(connectionSettings(nats, name))))

/** And what a replay reads: how far the source is, and how far the detector. */
export const replayStoresAt = (nats: NatsFlagValues): Layer.Layer<LogsWriter | LogsReader | WindowsLog, StoreError> =>
  Layer.mergeAll(layerLogsWriter(), layerLogsReader, layerWindowsLog).pipe(
    Layer.provide(Connection.layer(connectionSettings(nats, "replay")))
  )
