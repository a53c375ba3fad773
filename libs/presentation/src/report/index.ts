import type { Language } from "../figures.ts"
import { en } from "./en.ts"
import { fr } from "./fr.ts"
import type { ReportWords } from "./words.ts"

export * from "./words.ts"

const languages: { readonly [language in Language]: ReportWords } = { en, fr }

export const reportWords = (language: Language): ReportWords => languages[language]
