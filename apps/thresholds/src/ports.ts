import {
  Connection,
  type ConnectOptions,
  layerLogsReader,
  layerRulesStore,
  layerSeuilsStore,
  layerWindowsLog
} from "@chaussettes/jetstream"
import { connectionSettings, type NatsFlagValues } from "@chaussettes/service"
import { Layer } from "effect"

/** A command may be called beside its server: it waits so long for it. */
const commandWaits = { waitMs: 10_000 }

/** LOGS, WINDOWS, the rules and the seuils of the server that the flags name. */
export const thresholdsPorts = (nats: NatsFlagValues, name: string, waits: ConnectOptions = commandWaits) =>
  Layer.mergeAll(layerLogsReader, layerRulesStore, layerSeuilsStore, layerWindowsLog).pipe(
    Layer.provideMerge(Connection.layer(connectionSettings(nats, name), waits))
  )
