import type { StoreError } from "@chaussettes/jetstream"
import {
  type Acts,
  type ActsLog,
  Connection,
  type ConnectionSettings,
  type Incidents,
  layerActsLog,
  layerIncidentsLog,
  layerThresholdsStore,
  type ThresholdsStore
} from "@chaussettes/jetstream"
import { type Context, type Effect, Layer, type Scope } from "effect"

/** What the operator's word is written to. */
export type OperatorStores = Acts | ActsLog | Incidents | ThresholdsStore

/**
 * The same stores as the page reads, over a connection of the operator's own. Fresh, for a layer is made once: the page's own would be handed out, whose
 * user may write nothing.
 */
export const operatorStores = (
  connection: ConnectionSettings
): Effect.Effect<Context.Context<OperatorStores>, StoreError, Scope.Scope> =>
  Layer.build(
    Layer.fresh(
      Layer.mergeAll(layerActsLog, layerIncidentsLog, layerThresholdsStore).pipe(
        Layer.provide(Connection.layer(connection))
      )
    )
  )
