import { computed } from "@preact/signals"
import { serverNowMs, status } from "./live.ts"
import { place, setQuery } from "./router.ts"

/** The spans that can be picked; each ends at the newest window and moves with it. */
export const spansMs = {
  "15m": 900_000,
  "1h": 3_600_000,
  "6h": 21_600_000,
  "1d": 86_400_000,
  "7d": 604_800_000,
  "30d": 2_592_000_000,
  "1y": 31_536_000_000
} as const
export type SpanName = keyof typeof spansMs

const minute = 60_000

/** What is looked at before somebody picks: an hour, or less where there is less, so that some minutes are not drawn as a stroke. */
const firstSpan = computed<SpanName>(() => {
  const { newest, oldestMs } = status.value ?? {}
  if (newest === undefined || newest === null || oldestMs === undefined || oldestMs === null) return "1h"
  return newest.endMs - oldestMs <= spansMs["15m"] ? "15m" : "1h"
})

const isSpanName = (text: string | null): text is SpanName => text !== null && Object.hasOwn(spansMs, text)

/** What is looked at: the newest stretch, or one that stands still. */
export type Span =
  | { readonly _tag: "Live"; readonly name: SpanName; readonly ms: number }
  | { readonly _tag: "Fixed"; readonly fromMs: number; readonly toMs: number }

export const span = computed<Span>(() => {
  const { query } = place.value
  const [from, to] = [Number(query.get("from") ?? Number.NaN), Number(query.get("to") ?? Number.NaN)]
  if (Number.isFinite(from) && Number.isFinite(to) && from < to) return { _tag: "Fixed", fromMs: from, toMs: to }
  const name = query.get("span")
  const shown = isSpanName(name) ? name : firstSpan.value
  return { _tag: "Live", name: shown, ms: spansMs[shown] }
})

/** What was picked: the same for a live span while it moves. */
export const spanKey = computed(() => {
  const s = span.value
  return s._tag === "Live" ? s.name : `${s.fromMs}-${s.toMs}`
})

/**
 * The right edge of what is live. While lines come it is now, so that silence shows as a gap that grows; a log that ended longer
 * ago than that is shown to its own end.
 */
export const edgeMs = computed(() => {
  const newest = status.value?.newest
  const now = serverNowMs.value
  if (newest === undefined || newest === null) return now
  const live = span.value._tag === "Live" ? span.value.ms : 0
  return now - newest.endMs > Math.max(live, 15 * minute) || newest.endMs > now ? newest.endMs : now
})

/** What is looked at, at this moment; a live one in steps, so that not every second asks anew. */
export const range = computed(() => {
  const s = span.value
  if (s._tag === "Fixed") return { fromMs: s.fromMs, toMs: s.toMs }
  const step = stepMs(s.ms)
  const toMs = Math.ceil(edgeMs.value / step) * step
  return { fromMs: toMs - s.ms, toMs }
})

/** How far the live edge runs before lists are asked for anew. */
const stepMs = (ms: number): number => Math.max(10_000, ms / 360)

export const pickSpan = (name: SpanName): void => setQuery({ span: name, from: undefined, to: undefined })
/** Shows the newest stretch. */
export const goLive = (): void => setQuery({ from: undefined, to: undefined })

const widest = spansMs["1y"] * 2
const narrowest = minute

/** Stands still on a stretch; a shorter one than can be read is widened around its middle. */
export const look = (fromMs: number, toMs: number): void => {
  const short = Math.max(0, narrowest - (toMs - fromMs)) / 2
  setQuery({ from: String(Math.round(fromMs - short)), to: String(Math.round(toMs + short)) })
}

/** Moves by a share of what is looked at. */
export const moveBy = (share: number): void => {
  const { fromMs, toMs } = range.value
  const by = (toMs - fromMs) * share
  look(fromMs + by, toMs + by)
}

/** Shows so many times as much, around the middle. */
export const zoomBy = (factor: number): void => {
  const { fromMs, toMs } = range.value
  const ms = Math.min(widest, (toMs - fromMs) * factor)
  const middle = (fromMs + toMs) / 2
  look(middle - ms / 2, middle + ms / 2)
}

/** The span as the query of a question. */
export const spanQuery = computed(() => `from=${Math.round(range.value.fromMs)}&to=${Math.round(range.value.toMs)}`)
