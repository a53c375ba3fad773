import {
  type LogsAppender,
  type LogsReader,
  type LogsWriter,
  layerLogsAppender,
  layerLogsReader,
  layerLogsWriter,
  layerWindowsLog,
  logsTakesLines,
  type StoreError,
  type Windows
} from "@chaussettes/jetstream"
import { logsStream } from "@chaussettes/jetstream/topology"
import { type Health, type NatsFlagValues, sayWaiting, serviceWaits } from "@chaussettes/service"
import { connected } from "@chaussettes/service/shell"
import { Effect, Layer } from "effect"

/** Lines wait for a server that takes none, however long; whoever waits with them is told. */
export const whenSilent = (isConnected: boolean): void => {
  process.stderr.write(
    isConnected
      ? `${logsStream} does not acknowledge: the lines are sent again until it does. Check the server's log, for example for a full disk.\n`
      : "The NATS server is unreachable: lines that it has not acknowledged are sent again when it is back.\n"
  )
}

const logsWriter = layerLogsWriter({ onSilence: whenSilent })

/** Whether lines that are sent are kept; a server that is there and cannot say yet is waited for. */
const logsUsable = Layer.effectDiscard(Effect.suspend(() => logsTakesLines(sayWaiting())))

/** What comes without an end is a service, which may be started before its server. */
const waitsOf = (endless: boolean) => (endless ? serviceWaits() : {})

/** LOGS to be written, at the server that the flags name. */
export const logsWriterAt = (
  nats: NatsFlagValues,
  name: string,
  endless: boolean
): Layer.Layer<LogsWriter, StoreError, Health> =>
  Layer.mergeAll(logsWriter, logsUsable).pipe(Layer.provide(connected(nats, name, waitsOf(endless))))

/** And what a replay reads: how far the source is, and how far the detector. */
export const replayStoresAt = (
  nats: NatsFlagValues,
  endless: boolean
): Layer.Layer<LogsWriter | LogsReader | Windows, StoreError, Health> =>
  Layer.mergeAll(logsWriter, layerLogsReader, layerWindowsLog, logsUsable).pipe(
    Layer.provide(connected(nats, "replay", waitsOf(endless)))
  )

/** What `ship` writes and reads. */
export const shipStoresAt = (nats: NatsFlagValues): Layer.Layer<LogsAppender | LogsReader, StoreError, Health> =>
  Layer.mergeAll(layerLogsAppender, layerLogsReader).pipe(Layer.provide(receiverConnectionAt(nats)))

/**
 * For `ship` where it listens: writers come and go on it. A server that is not there yet is waited for, however long: the lines are safe in their files,
 * or with their senders.
 */
export const receiverConnectionAt = (nats: NatsFlagValues) => connected(nats, "ship")
