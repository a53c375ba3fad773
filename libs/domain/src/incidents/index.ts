export { findCauses, type JointWindow, type Series } from "./causes.ts"
export * from "./decided-incidents.ts"
export { IncidentDetector, type StoredDetector } from "./detector.ts"
export * from "./event.ts"
export { incidentLimits } from "./incident-limits.ts"
export { IncidentLearner } from "./learner.ts"
export {
  type Family,
  families,
  firstModel,
  type IncidentModel
} from "./model.ts"
export { incidentModelFromJson } from "./model-from-json.ts"
export { networksOf } from "./network.ts"
export * from "./panes.ts"
export * from "./published-model.ts"
export { IncidentWatcher } from "./watcher.ts"
export { KeyTexts, panesOf } from "./window-panes.ts"
