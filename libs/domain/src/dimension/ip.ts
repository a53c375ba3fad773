import type { KeyDimensionDeclaration } from "./declaration.ts"

/** The client: its address or name in one spelling (`client.ts`), which the scanner finds on its way. */
export const ip = {
  onRequest: false,
  alertType: "IP_ERROR_RATE",
  highAbove: 0.5,
  firstThreshold: 0.3,
  leastRequests: 5,
  words: {
    en: { one: "IP", more: "IPs", many: "IPs", subject: "IP ", alert: "IP " },
    fr: { one: "IP", more: "IP", many: "IP", subject: "L’IP ", alert: "IP " }
  },
  percentileFloor: 0.2,
  plural: "ips",
  keyWords: "a client",
  leastForRate: 10
} as const satisfies KeyDimensionDeclaration
