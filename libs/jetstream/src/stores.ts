import { Layer } from "effect"
import { layerDetectorState } from "./kv/detector-state.ts"
import { layerRulesStore } from "./kv/rules-store.ts"
import { layerThresholdsStore } from "./kv/thresholds-store.ts"
import { layerLogsReader } from "./logs/reader.ts"
import { layerRejectsLog } from "./rejects/rejects-log.ts"
import { layerAlertsLog, layerWindowsLog } from "./versioned/versioned-log.ts"

/** All that stands on a server for one detection, read and written by sequence: whoever detects or shows what was detected uses it. */
export const layerStores = Layer.mergeAll(
  layerLogsReader,
  layerWindowsLog,
  layerAlertsLog,
  layerRejectsLog,
  layerRulesStore,
  layerThresholdsStore,
  layerDetectorState
)
