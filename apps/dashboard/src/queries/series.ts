import { dimensions, isDefault, mapDimensions } from "@chaussettes/domain"
import type { SeriesResponse } from "../api/index.ts"
import type { Feed } from "../live/feed.ts"

/** Enough for a wide screen; a narrow one asks for fewer. */
const defaultPoints = 800

const orNull = (x: number): number | null => (Number.isFinite(x) ? Math.round(x * 1e6) / 1e6 : null)

export const seriesOf = (
  feed: Feed["Service"],
  query: { readonly from: number; readonly to: number; readonly points?: number }
): SeriesResponse => {
  const { history } = feed
  const series = history.series(query.from, query.to, query.points ?? defaultPoints)
  const column = <A>(of: (s: (typeof series.buckets)[number]["summary"]) => A): ReadonlyArray<A> =>
    series.buckets.map((b) => of(b.summary))
  const on = dimensions.filter((d) => isDefault(d) || series.buckets.some(({ summary }) => summary.breaches[d]! >= 0))
  return {
    fromMs: query.from,
    toMs: query.to,
    bucketMs: series.bucketMs,
    windowMs: history.windowMs,
    exact: series.exact,
    loaded: feed.loaded(),
    truncated: history.truncated,
    position: feed.position(),
    endMs: history.endMs ?? null,
    firstMs: history.firstMs ?? null,
    startMs: series.buckets.map((b) => b.startMs),
    total: column((s) => s.total),
    errors: column((s) => s.errors),
    windows: column((s) => s.windows),
    clientErrors: column((s) => s.clientErrors),
    serverErrors: column((s) => s.serverErrors),
    lowRate: series.buckets.map((b) => orNull(b.lowRate ?? Number.NaN)),
    highRate: series.buckets.map((b) => orNull(b.highRate ?? Number.NaN)),
    leastRate: column((s) => orNull(s.leastRate)),
    greatestRate: column((s) => orNull(s.greatestRate)),
    seuil: column((s) => orNull(s.threshold)),
    breaches: mapDimensions((d) => column((s) => s.breaches[d] ?? 0), on),
    unused: column((s) => s.unused)
  }
}
