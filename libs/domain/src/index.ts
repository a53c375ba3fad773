export * from "./alert.ts"
export * from "./batch.ts"
export * from "./checkpoint.ts"
export * from "./client.ts"
export * from "./clock-fault.ts"
export * from "./decision.ts"
export * from "./detection.ts"
export * from "./detection-counts.ts"
export * from "./detection-start.ts"
export * from "./dimension.ts"
export * from "./explain.ts"
export * from "./format/index.ts"
export * from "./incident.ts"
export * from "./key-table.ts"
export * from "./limits.ts"
export * from "./line/trust.ts"
export * from "./line.ts"
export {
  amountOf,
  areMeasures,
  bucketOf,
  durationBits,
  type Measures,
  mergedSketch,
  mostMeasured,
  quantileOf,
  type Sketch
} from "./measures.ts"
export * from "./payload.ts"
export * from "./percent-decoded.ts"
export * from "./record.ts"
export * from "./reject.ts"
export * from "./reject-words.ts"
export * from "./scanned-lines.ts"
export * from "./settings.ts"
export * from "./seuils.ts"
export * from "./source-clock.ts"
export * from "./span-reader.ts"
export {
  areErrors,
  CLIENT_ERROR,
  defaultErrors,
  ERROR,
  kindsIn,
  parseStatuses,
  SERVER_ERROR,
  type Statuses,
  type StatusesParsed
} from "./statuses.ts"
export * from "./tally.ts"
export * from "./thresholds/index.ts"
export * from "./time.ts"
export { declaredBots, ignorePresets } from "./traffic/presets.ts"
export { type IgnoreRule, type IgnoreRules, type ParsedIgnore, parseIgnore } from "./traffic/rule.ts"
export { BOT, IGNORED } from "./traffic/traffic.ts"
export { whyNoTemplate } from "./url/declared.ts"
export { Templates, type UrlTemplates } from "./url/templates.ts"
export * from "./usability.ts"
export * from "./verdict.ts"
export * from "./visible-text.ts"
export * from "./watermark.ts"
export * from "./window.ts"
