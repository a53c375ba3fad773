import { parseSpanMs } from "@chaussettes/service"
import type { Burst } from "./schedule.ts"

const form = /^(\d+(?:\.\d+)?)x?(?:\/([^/]+)(?:\/([^/]+))?)?$/
const [defaultEveryMs, defaultLengthMs] = [60_000, 5_000]

/** `10x`, `10x/1m`, `10x/1m/5s`: how many times as many lines, how often, for how long. `undefined` where the text is none. */
export const parseBurst = (text: string): Burst | undefined => {
  const m = form.exec(text)
  if (m === null) return undefined
  const factor = Number(m[1])
  const everyMs = m[2] === undefined ? defaultEveryMs : parseSpanMs(m[2])
  const lengthMs = m[3] === undefined ? Math.min(defaultLengthMs, (everyMs ?? 0) / 2) : parseSpanMs(m[3])
  if (everyMs === undefined || lengthMs === undefined) return undefined
  const isRight = factor > 1 && factor <= 1e6 && everyMs > 0 && lengthMs > 0 && lengthMs < everyMs
  return isRight ? { factor, everyMs, lengthMs } : undefined
}
