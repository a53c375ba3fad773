import {
  Connection,
  layerIncidentsStore,
  layerLogsReader,
  layerRulesStore,
  layerThresholdsStore,
  layerWindowsLog
} from "@chaussettes/jetstream"
import { connectionSettings, type NatsFlagValues } from "@chaussettes/service"
import { Layer } from "effect"

/** A command may be called beside its server: it waits so long for it. */
const commandWaits = { waitMs: 10_000 }

/** LOGS, WINDOWS, the rules, the thresholds and the model of incidents. */
export const thresholdsPorts = Layer.mergeAll(
  layerIncidentsStore,
  layerLogsReader,
  layerRulesStore,
  layerThresholdsStore,
  layerWindowsLog
)

/** Those of the server that the flags name, for a command. */
export const thresholdsPortsAt = (nats: NatsFlagValues, name: string) =>
  Layer.provide(thresholdsPorts, Connection.layer(connectionSettings(nats, name), commandWaits))
