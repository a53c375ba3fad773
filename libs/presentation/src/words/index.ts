import type { Language } from "../figures.ts"
import { en, type Words } from "./en.ts"
import { fr } from "./fr.ts"

export { type ActsWords, actsWords } from "./acts.ts"
export type { Words } from "./en.ts"
export { nameLogs } from "./logs-name.ts"
export * from "./segments.ts"

export const wordsOf = (language: Language): Words => (language === "fr" ? fr : en)
