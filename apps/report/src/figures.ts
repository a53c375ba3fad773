import type { CauseDimension, Listing } from "@chaussettes/domain"
import { declarationOf, visibleText } from "@chaussettes/domain"
import {
  bytesText,
  countText,
  durationText,
  exactSpanText,
  type Language,
  percentText,
  rateText
} from "@chaussettes/presentation"
import { type ReportWords, reportWords } from "@chaussettes/presentation/report"
import type { Report } from "./read/read.ts"

const locales: { readonly [language in Language]: string } = { en: "en-GB", fr: "fr-FR" }

/** Longer keys are cut where they are shown. */
const longestKey = 160

/** How a report writes numbers and times: in its language and its zone. */
export class Figures {
  readonly language: Language
  readonly locale: string
  readonly words: ReportWords
  readonly #minute: Intl.DateTimeFormat
  readonly #clock: Intl.DateTimeFormat
  readonly #hour: Intl.DateTimeFormat
  readonly #day: Intl.DateTimeFormat
  readonly #date: Intl.DateTimeFormat
  readonly #month: Intl.DateTimeFormat
  readonly #weekdays: ReadonlyArray<string>

  constructor({ settings: { language }, zone }: Pick<Report, "settings" | "zone">) {
    this.language = language
    this.locale = locales[language]
    this.words = reportWords(language)
    const form = (options: Intl.DateTimeFormatOptions, timeZone = zone.name) =>
      new Intl.DateTimeFormat(this.locale, { ...options, timeZone })
    this.#minute = form({ dateStyle: "medium", timeStyle: "short" })
    this.#clock = form({ hour: "2-digit", minute: "2-digit" })
    this.#hour = form({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" })
    this.#day = form({ day: "numeric", month: "short" })
    this.#month = form({ month: "short", year: "numeric" })
    this.#date = form({ weekday: "short", day: "numeric", month: "short", year: "numeric" }, "UTC")
    const weekday = form({ weekday: "short" }, "UTC")
    // 5 January 1970 was a Monday.
    this.#weekdays = Array.from({ length: 7 }, (_, i) => weekday.format((i + 4) * 86_400_000))
  }

  count = (n: number): string => countText(this.language, n)
  percent = (share: number): string => percentText(this.language, Number.isNaN(share) ? 0 : share)
  share = (part: number, whole: number): string => this.percent(whole === 0 ? 0 : part / whole)
  bytes = (n: number): string => bytesText(this.language, n)
  /** `2 min`, of a span of time. */
  span = (ms: number): string => (ms < 86_400_000 ? exactSpanText(ms) : durationText(this.language, ms))
  minute = (ms: number): string => this.#minute.format(ms)
  weekday = (i: number): string => this.#weekdays[i]!
  /** A local day, in days since 1970-01-01. */
  day = (day: number): string => this.#date.format(day * 86_400_000)

  /** A time below a chart, with labels so far from each other. */
  tick = (ms: number, stepMs: number): string =>
    stepMs < 43_200_000
      ? this.#clock.format(ms)
      : stepMs < 86_400_000
        ? this.#hour.format(ms)
        : stepMs < 40 * 86_400_000
          ? this.#day.format(ms)
          : this.#month.format(ms)

  /** `350 ms`, of microseconds. */
  latency = (us: number): string => {
    const [value, unit] =
      us < 1_000 ? [us, "microsecond"] : us < 1e6 ? [us / 1e3, "millisecond"] : ([us / 1e6, "second"] as const)
    const digits = value < 10 && us >= 1_000 ? 1 : 0
    return new Intl.NumberFormat(this.locale, {
      style: "unit",
      unit: unit as string,
      unitDisplay: "short",
      maximumFractionDigits: digits
    }).format(value)
  }

  /** A key as it may be shown anywhere: nothing in it acts, and it is no longer than there is room for. */
  key = (text: string, most = longestKey): string => {
    const shown = [...visibleText(text)]
    return shown.length <= most ? shown.join("") : `${shown.slice(0, most - 1).join("")}…`
  }

  /** `URL /panier`; all traffic where there is no key, in small letters within a sentence. */
  subject = (dimension: CauseDimension, key: string | null, isWithin = false): string => {
    const { incidents, subjects } = this.words
    if (key !== null)
      return `${dimension === "network" ? incidents.network : subjects[dimension]} ${this.key(key, 100)}`
    return isWithin ? declarationOf("global").words[this.language].one : this.words.subjects.global
  }

  /** `4.2 a second`; a minute or an hour where a second has less than one. */
  pace = (n: number, ms: number): string => {
    const { aSecond, aMinute, anHour } = this.words.tiles
    const perSecond = n / Math.max(1, ms / 1000)
    const rate = (n: number) => rateText(this.language, n)
    if (perSecond >= 1) return aSecond(rate(perSecond))
    return perSecond * 60 >= 1 ? aMinute(rate(perSecond * 60)) : anHour(rate(perSecond * 3600))
  }

  /** How many different keys there are. */
  keys = ({ keys, isExact }: Pick<Listing, "keys" | "isExact">): string =>
    isExact ? this.count(keys) : this.words.atLeast(this.count(keys))

  /** A count of a key, which is the least that it can be where keys were forgotten. */
  counted = (n: number, isExact: boolean): string => (isExact ? this.count(n) : `≥\u00a0${this.count(n)}`)
}
