import { Connection, layerActsLog, layerIncidentsLog } from "@chaussettes/jetstream"
import { connectionSettings, type NatsFlagValues } from "@chaussettes/service"
import { Layer } from "effect"

/** What it takes to speak about incidents: INCIDENTS, to know that there is such a one, and ACTS. */
export const actsPorts = (nats: NatsFlagValues, name: string) =>
  Layer.mergeAll(layerActsLog, layerIncidentsLog).pipe(Layer.provide(Connection.layer(connectionSettings(nats, name))))
