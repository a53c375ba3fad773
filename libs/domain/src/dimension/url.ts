import type { KeyDimensionDeclaration } from "./declaration.ts"

/** The URL: the path or the whole target (`line/request.ts`), or its template; the scanner finds it on its way. */
export const url = {
  onRequest: false,
  alertType: "URL_ERROR_RATE",
  highAbove: 0.7,
  firstThreshold: 0.5,
  leastRequests: 3,
  words: {
    en: { one: "URL", more: "URLs", many: "URLs", subject: "URL ", alert: "URL " },
    fr: { one: "URL", more: "URL", many: "URL", subject: "L’URL ", alert: "URL " }
  },
  percentileFloor: 0.3,
  plural: "urls",
  keyWords: "a URL",
  leastForRate: 5
} as const satisfies KeyDimensionDeclaration
