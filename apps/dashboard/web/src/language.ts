import { type Language, languageOf, wordsOf } from "@chaussettes/presentation"

const asked = new URLSearchParams(location.search).get("lang")

/** By the browser's languages; `?lang=fr` shows another one. */
export const language: Language = languageOf(asked === null ? navigator.languages : [asked])
export const w = wordsOf(language)
/** For times, which every reader of a language writes alike here. */
export const locale = language === "fr" ? "fr-FR" : "en-GB"

document.documentElement.lang = language
