/** Figures as both the page and the terminal write them. */

export type Language = "en" | "fr"

/** The first of a reader's languages that there are words for; English where there is none. */
export const languageOf = (wanted: ReadonlyArray<string>): Language => {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split(/[-_.]/)[0]
    if (language === "fr" || language === "en") return language
  }
  return "en"
}

const formats = new Map<string, Intl.NumberFormat>()
const format = (language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat => {
  const key = `${language}${JSON.stringify(options)}`
  let made = formats.get(key)
  if (made === undefined) {
    made = new Intl.NumberFormat(language === "fr" ? "fr-FR" : "en-GB", options)
    formats.set(key, made)
  }
  return made
}

/** `12,345` */
export const countText = (language: Language, n: number): string =>
  format(language, { maximumFractionDigits: 0 }).format(n)

/** `12.3k`: where room is short. */
const shortCount = (language: Language, n: number): string =>
  n < 10_000 ? countText(language, n) : format(language, { notation: "compact", maximumFractionDigits: 1 }).format(n)

/** `4.2` a second; whole numbers from 100 on. */
export const rateText = (language: Language, perSecond: number): string =>
  perSecond >= 10_000
    ? shortCount(language, perSecond)
    : format(language, { maximumFractionDigits: perSecond >= 100 ? 0 : 1 }).format(perSecond)

/** `12.5 %`, of a share from 0 to 1. */
export const percentText = (language: Language, share: number): string =>
  format(language, { style: "percent", maximumFractionDigits: share !== 0 && share < 0.01 ? 2 : 1 }).format(share)

const unitSizes = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000]
] as const

/** `3 hr`, `12 min`, `5 sec`: the greatest unit that fits, rounded down. */
export const durationText = (language: Language, ms: number): string => {
  const whole = Math.max(0, ms)
  const [unit, size] = unitSizes.find(([, size]) => whole >= size) ?? unitSizes[3]
  return format(language, { style: "unit", unit, unitDisplay: unit === "day" ? "long" : "short" }).format(
    Math.floor(whole / size)
  )
}

export const bytesText = (language: Language, bytes: number): string => {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const
  let [value, at] = [bytes, 0]
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000
    at++
  }
  return format(language, {
    style: "unit",
    unit: units[at]!,
    unitDisplay: at === 0 ? "long" : "short",
    maximumFractionDigits: value < 10 && at > 0 ? 1 : 0
  }).format(value)
}

/** Lines by status, the lowest first: `200 × 8, 404 × 12`; those without an answer as `–`. */
export const statusesText = (language: Language, statuses: { readonly [status: string]: number }): string =>
  Object.entries(statuses)
    .map(([status, lines]) => `${status === "0" ? "–" : status} × ${countText(language, lines)}`)
    .join(", ")
