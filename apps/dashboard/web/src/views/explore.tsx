import { type KeyDimension, keyDimensionsIn } from "@chaussettes/domain"
import { countText, durationText, percentText } from "@chaussettes/presentation"
import { useMemo, useState } from "preact/hooks"
import type { ExploreResponse, SeriesResponse, TopResponse } from "../../../src/api/index.ts"
import { useAsk } from "../ask.ts"
import { useCounts } from "../count.ts"
import { type Course, type ErrorClass, isErrorClass, sumOf } from "../course.ts"
import { language, w } from "../language.ts"
import { anew, status } from "../live.ts"
import { CompareChart, changeText } from "../parts/compare-chart.tsx"
import { ExploreForm } from "../parts/explore-form.tsx"
import { ExploreLines } from "../parts/explore-lines.tsx"
import { ExploreTop, type KeyCounts } from "../parts/explore-top.tsx"
import { Export, type Table } from "../parts/export.tsx"
import { SpanPicker } from "../parts/span-picker.tsx"
import { Failed, Loading } from "../parts/states.tsx"
import { place, setQuery } from "../router.ts"
import { range, spanKey } from "../span.ts"
import { TimeSpan, utcText } from "../time.tsx"

const dayMs = 86_400_000
/** How much earlier the stretches are that a span is compared with. */
const earlierMs = [0, dayMs, 7 * dayMs] as const
const points = 400

const param = (name: string): string | undefined => place.value.query.get(name) || undefined

interface Wanted {
  readonly dimension: KeyDimension | undefined
  readonly key: string | undefined
  readonly errors: ErrorClass
  readonly find: string | undefined
  readonly counts: boolean
  readonly lines: boolean
}

/** What is looked at: all of it stands in the address. */
const wantedNow = (): Wanted => {
  const [dimension, asked] = [param("dimension"), place.value.query.get("class")]
  const on = status.value?.seuils ?? { global: null, ip: null, url: null }
  return {
    dimension: keyDimensionsIn(on).find((name) => name === dimension),
    key: param("key"),
    errors: isErrorClass(asked) ? asked : "errors",
    find: param("find"),
    counts: param("count") !== undefined,
    lines: param("show") === "lines"
  }
}

const optional = (name: string, value: string | undefined): string =>
  value === undefined ? "" : `&${name}=${encodeURIComponent(value)}`

const courseOf = (counted: ExploreResponse | undefined): Course | undefined =>
  counted === undefined ? undefined : { bucketMs: counted.bucketMs, ...counted.course }

const courseTable = (course: Course | undefined): Table => ({
  columns: ["start", "requests", "errors", "client_errors", "server_errors"],
  rows: (course?.startMs ?? []).map((startMs, i) => [
    utcText(startMs),
    course!.total[i]!,
    course!.errors[i]!,
    course!.clientErrors[i]!,
    course!.serverErrors[i]!
  ])
})

/** Any span by client, URL and class of errors, beside the day and the week before; exact from the lines, where that is asked for. */
export const Explore = () => {
  const wanted = wantedNow()
  const { dimension, key, errors } = wanted
  const isOne = dimension !== undefined && key !== undefined
  // What is counted stays counted for the span that was looked at then, for as long as that one is picked.
  const [pinned, setPinned] = useState({ key: spanKey.value, ...range.value })
  if (pinned.key !== spanKey.value) setPinned({ key: spanKey.value, ...range.value })
  const [round, setRound] = useState(0)
  const { fromMs, toMs } = wanted.counts ? pinned : range.value
  const spanAt = (byMs: number): string =>
    `from=${Math.round(fromMs - byMs)}&to=${Math.round(toMs - byMs)}&points=${points}`

  const known = status.value !== undefined
  const series = earlierMs.map((byMs) =>
    useAsk<SeriesResponse>(known ? `series?${spanAt(byMs)}` : undefined, anew.value)
  )
  const top = useAsk<TopResponse>(
    known && !wanted.counts ? `top?from=${Math.round(fromMs)}&to=${Math.round(toMs)}&limit=25` : undefined,
    anew.value
  )
  const question = (byMs: number): string =>
    `${spanAt(byMs)}&class=${errors}${isOne ? `${optional("dimension", dimension)}${optional("key", key)}` : ""}${optional("find", wanted.find)}`
  const counting = useCounts(
    !known || !wanted.counts
      ? []
      : (isOne ? earlierMs : [0]).map(
          (byMs, i) => `explore${wanted.lines && i === 0 ? "/lines" : ""}?${question(byMs)}`
        ),
    round
  )
  const [counted] = counting.counted
  const shifted = earlierMs.map((byMs, i) => ({
    byMs,
    course: isOne
      ? courseOf(counting.counted[i])
      : i === 0 && counted !== undefined
        ? courseOf(counted)
        : series[i]!.data
  }))
  // The chart is drawn anew only when what it shows has changed.
  const drawn = useMemo(() => shifted, [...shifted.map(({ course }) => course?.startMs), errors, isOne])
  const now = drawn[0]!.course
  const sum = now === undefined ? undefined : sumOf(now, errors)
  const summary =
    sum === undefined || sum.total === 0
      ? ""
      : w.explore.sum(sum.errors, sum.total, percentText(language, sum.errors / sum.total))
  const name = `chaussettes-${utcText(fromMs).slice(0, 16).replaceAll(/[-:]/g, "")}`
  const [first] = series
  return (
    <>
      <SpanPicker />
      <ExploreForm
        dimension={dimension}
        dimensions={keyDimensionsIn(status.value?.seuils ?? { global: null, ip: null, url: null })}
        keyText={key}
        errors={errors}
        counts={wanted.counts}
        counting={counting}
        missing={counted?.missing ?? 0}
        span={counted === undefined ? undefined : <TimeSpan fromMs={counted.fromMs} toMs={counted.toMs} />}
        start={() => {
          setPinned({ key: spanKey.value, ...range.value })
          setRound((n) => n + 1)
          setQuery({ count: "1" })
        }}
        stop={() => setQuery({ count: undefined, show: undefined })}
      />
      <section class="card" aria-labelledby="explore-course">
        <header>
          <h2 id="explore-course">{w.explore.course}</h2>
          <ul class="legend" aria-hidden="true">
            <li class="l-rate">{w.explore.now}</li>
            <li class="l-day">{w.explore.yesterday}</li>
            <li class="l-week">{w.explore.lastWeek}</li>
          </ul>
          <span class="spacer" />
          <Export name={`${name}-course`} of={w.explore.course} table={courseTable(now)} />
        </header>
        <div class="chart-place compare-place">
          {isOne && counted === undefined ? (
            <p class="state">{counting.progress === undefined ? w.explore.needsCount : w.explore.counting}</p>
          ) : now !== undefined ? (
            <CompareChart shifted={drawn} wanted={errors} fromMs={fromMs} toMs={toMs} summary={summary} />
          ) : first?.error !== undefined ? (
            <Failed error={first.error} again={first.again} />
          ) : (
            <Loading />
          )}
        </div>
        <Compared courses={drawn.map(({ course }) => course)} errors={errors} />
        {now !== undefined && <p class="under dim">{w.chart.bucket(durationText(language, now.bucketMs))}</p>}
      </section>
      <ExploreTop
        name={name}
        errors={errors}
        find={wanted.find}
        exact={counted !== undefined}
        top={counted === undefined ? atLeast(top.data) : exactly(counted)}
        coarse={counted === undefined && top.data?.coarse === true}
      />
      <ExploreLines name={name} wanted={wanted.lines} counts={wanted.counts} counted={counted} />
    </>
  )
}

const atLeast = (top: TopResponse | undefined): ReadonlyArray<KeyCounts> =>
  top === undefined
    ? []
    : keyDimensionsIn(top).map((dimension) => ({ dimension, exact: false, distinct: undefined, keys: top[dimension]! }))

const exactly = (counted: ExploreResponse): ReadonlyArray<KeyCounts> =>
  keyDimensionsIn(counted.top).map((dimension) => ({ dimension, ...counted.top[dimension]! }))

/** The sums of now, the day before and the week before. */
const Compared = ({
  courses,
  errors
}: {
  readonly courses: ReadonlyArray<Course | undefined>
  readonly errors: ErrorClass
}) => {
  const names = [w.explore.now, w.explore.yesterday, w.explore.lastWeek]
  const sums = courses.map((course) => (course === undefined ? undefined : sumOf(course, errors)))
  const rateOf = (sum: (typeof sums)[number]) =>
    sum === undefined || sum.total === 0 ? undefined : sum.errors / sum.total
  const nowRate = rateOf(sums[0])
  return (
    <table class="top compared">
      <thead>
        <tr>
          <th scope="col">{w.explore.when}</th>
          <th scope="col" class="n">
            {w.top.requests}
          </th>
          <th scope="col" class="n">
            {w.explore.classes[errors]}
          </th>
          <th scope="col" class="n">
            {w.top.rate}
          </th>
          <th scope="col" class="n">
            {w.explore.change}
          </th>
        </tr>
      </thead>
      <tbody>
        {names.map((name, i) => {
          const [sum, rate] = [sums[i], rateOf(sums[i])]
          return (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="n">{sum === undefined || sum.total === 0 ? "–" : countText(language, sum.total)}</td>
              <td class="n">{sum === undefined || sum.total === 0 ? "–" : countText(language, sum.errors)}</td>
              <td class="n">{rate === undefined ? "–" : percentText(language, rate)}</td>
              <td class="n">
                {i === 0 || nowRate === undefined || rate === undefined || rate === 0 ? "–" : changeText(nowRate, rate)}
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
