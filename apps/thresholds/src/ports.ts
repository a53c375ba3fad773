import { Connection, layerLogsReader, layerRulesStore, layerSeuilsStore, layerWindowsLog } from "@chaussettes/jetstream"
import { connectionSettings, type NatsFlagValues } from "@chaussettes/service"
import { Layer } from "effect"

/** A service may be started beside its server: it waits so long for it. */
const connectWaitMs = 10_000

/** LOGS, WINDOWS, the rules and the seuils of the server that the flags name. */
export const thresholdsPorts = (nats: NatsFlagValues, name: string) =>
  Layer.mergeAll(layerLogsReader, layerRulesStore, layerSeuilsStore, layerWindowsLog).pipe(
    Layer.provideMerge(Connection.layer(connectionSettings(nats, name), { waitMs: connectWaitMs }))
  )
