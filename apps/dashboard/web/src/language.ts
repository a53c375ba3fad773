import { type Language, languageOf, wordsOf } from "@chaussettes/presentation"

const query = new URLSearchParams(location.search)

const stored = (name: string): string | null => {
  try {
    return localStorage.getItem(name)
  } catch {
    // A browser that keeps nothing goes by its own settings each time.
    return null
  }
}

const languageKey = "chaussettes-language"
const zoneKey = "chaussettes-zone"

const isZone = (name: string | null): name is string => {
  if (name === null || name === "") return false
  try {
    new Intl.DateTimeFormat("en", { timeZone: name })
    return true
  } catch {
    return false
  }
}

const kept = stored(languageKey)
const asked = query.get("lang") ?? (kept === "en" || kept === "fr" ? kept : null)

/** What was chosen on the page or in its address; undefined where the browser's languages decide. */
export const chosenLanguage: Language | undefined = asked === null ? undefined : languageOf([asked])
export const language: Language = chosenLanguage ?? languageOf(navigator.languages)
export const w = wordsOf(language)
/** For times, which every reader of a language writes alike here. */
const locale = language === "fr" ? "fr-FR" : "en-GB"

/** The time zone in which times are shown; undefined for the browser's own. */
export const zone: string | undefined = [query.get("tz"), stored(zoneKey)].find(isZone)

/** A form for times in the chosen zone. */
export const inZone = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(locale, { ...options, ...(zone === undefined ? {} : { timeZone: zone }) })

/** Keeps a choice for this browser and shows the page with it. What the address says would win over it, so it goes. */
const choose = (key: string, parameter: string, value: string | undefined): void => {
  try {
    if (value === undefined) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    // Then it stands in the address, and lasts as long as that.
  }
  const url = new URL(location.href)
  if (value !== undefined && stored(key) !== value) url.searchParams.set(parameter, value)
  else url.searchParams.delete(parameter)
  if (url.href === location.href) location.reload()
  else location.replace(url)
}

export const chooseLanguage = (value: string): void => choose(languageKey, "lang", value === "" ? undefined : value)
export const chooseZone = (value: string): void => choose(zoneKey, "tz", value === "" ? undefined : value)

document.documentElement.lang = language
