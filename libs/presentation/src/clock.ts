import { visibleText } from "@chaussettes/domain"

const units = [
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000]
] as const

const partsOf = (ms: number): ReadonlyArray<readonly [unit: (typeof units)[number][0], n: number]> => {
  let rest = Math.round(Math.abs(ms) / 1_000) * 1_000
  const parts = units.map(([unit, size]) => {
    const n = Math.floor(rest / size)
    rest -= n * size
    return [unit, n] as const
  })
  const some = parts.filter(([, n]) => n > 0)
  return some.length === 0 ? [["s", 0]] : some
}

/** `2 h`, `1 h 30 min`, `7 s`: a span to the second, without its sign. */
export const exactSpanText = (ms: number): string =>
  partsOf(ms)
    .map(([unit, n]) => `${n} ${unit}`)
    .join(" ")

/** The same with its sign: `−2 h`. */
export const delayText = (ms: number): string => `${Math.round(ms / 1_000) < 0 ? "−" : ""}${exactSpanText(ms)}`

/** The flag that sets the times of a source right: `--source-offset web2=-2h`. */
export const offsetFlag = (source: string, offsetMs: number): string => {
  const span = partsOf(offsetMs).map(([unit, n]) => `${n}${unit === "min" ? "m" : unit}`)
  return `--source-offset ${visibleText(source)}=${offsetMs < 0 ? "-" : ""}${span.join("")}`
}
