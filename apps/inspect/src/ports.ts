import {
  Connection,
  layerActsLog,
  layerAlertsLog,
  layerDetectorState,
  layerIncidentsLog,
  layerIncidentsStore,
  layerLogsReader,
  layerRulesStore,
  layerThresholdsStore,
  layerWindowsLog
} from "@chaussettes/jetstream"
import { connectionSettings, type NatsFlagValues } from "@chaussettes/service"
import { Layer } from "effect"

/** What a look at the streams and buckets needs; nothing of it can write. */
export const lookPorts = (nats: NatsFlagValues, name: string) =>
  Layer.mergeAll(
    layerLogsReader,
    layerWindowsLog,
    layerAlertsLog,
    layerIncidentsLog,
    layerIncidentsStore,
    layerActsLog,
    layerRulesStore,
    layerThresholdsStore,
    layerDetectorState
  ).pipe(Layer.provideMerge(Connection.layer(connectionSettings(nats, name))))
