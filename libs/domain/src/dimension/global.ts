import type { DimensionDeclaration } from "./declaration.ts"

/** All traffic: the one dimension without keys. */
export const global = {
  onRequest: false,
  alertType: "GLOBAL_ERROR_RATE",
  highAbove: 0.3,
  firstThreshold: 0.1,
  leastRequests: 1,
  words: {
    en: { one: "all traffic", more: "all traffic", many: "All traffic", subject: "All traffic", alert: "All traffic" },
    fr: {
      one: "tout le trafic",
      more: "tout le trafic",
      many: "Tout le trafic",
      subject: "Tout le trafic",
      alert: "Tout le trafic"
    }
  },
  percentileFloor: 0.05
} as const satisfies DimensionDeclaration
