/** Spans of time as they are written on a command line: `20s`, `5m`, `1h30m`, `250ms`. */

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const form = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/
const part = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g

/** Milliseconds, or `undefined` where the text is no span. */
export const parseDurationMs = (text: string): number | undefined => {
  if (!form.test(text)) return undefined
  let ms = 0
  for (const [, amount, unit] of text.matchAll(part)) ms += Number(amount) * unitsMs[unit as keyof typeof unitsMs]
  return ms
}
