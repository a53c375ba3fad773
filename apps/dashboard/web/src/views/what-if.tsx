import { type Dimension, dimensions, dimensionsIn, judge, type Threshold } from "@chaussettes/domain"
import { countText, percentText, wholeRuleText } from "@chaussettes/presentation"
import { useState } from "preact/hooks"
import type { WhatIfResponse } from "../../../src/api/index.ts"
import { useAsk } from "../ask.ts"
import { language, w } from "../language.ts"
import { anew, status } from "../live.ts"
import { Bar } from "../parts/bar.tsx"
import { ForceThreshold } from "../parts/force-threshold.tsx"
import { SpanPicker } from "../parts/span-picker.tsx"
import { Empty, Failed, Loading } from "../parts/states.tsx"
import { ThresholdCurve } from "../parts/threshold-curve.tsx"
import { place, setQuery } from "../router.ts"
import { spanKey, spanQuery } from "../span.ts"
import { Time, TimeSpan } from "../time.tsx"

type Panes = WhatIfResponse["global"]
const dayMs = 86_400_000

/** How many alerts the panes would make: judged here, by the code that judges in the detector. */
const alertsWith = (panes: Panes, threshold: Threshold): number => {
  let alerts = 0
  for (const [requests, errors, count] of panes.counts) {
    if (judge(threshold, panes.least, requests, errors) === "breach") alerts += count
  }
  return alerts
}

const Row = (props: { readonly dimension: Dimension; readonly panes: Panes | null; readonly spanMs: number }) => {
  const { dimension, panes } = props
  const inForce = status.value?.seuils[dimension]
  const asked = place.value.query.get(dimension)
  const value =
    asked === null ? Math.round((inForce?.rate ?? 0.1) * 1000) / 1000 : Math.min(1, Math.max(0, Number(asked) || 0))
  const change = (text: string) => setQuery({ [dimension]: text }, "replace")
  // Until it is moved it is the one in force, the whole of it.
  const threshold = asked === null ? (inForce?.value ?? value) : value
  const alerts = panes === null ? undefined : alertsWith(panes, threshold)
  const most = Math.max(panes?.inForce ?? 0, alerts ?? 0, 1)
  const perDay = (count: number) => countText(language, (count * dayMs) / props.spanMs)
  return (
    <section class="card what-if" aria-labelledby={`what-if-${dimension}`}>
      <h3 id={`what-if-${dimension}`}>{w.dimensionsMany[dimension]}</h3>
      <div class="slider">
        <label>
          <span class="visually-hidden">
            {w.status.threshold} – {w.dimensionsMany[dimension]}
          </span>
          <input
            type="range"
            min="0"
            max="1"
            step="0.005"
            value={value}
            disabled={panes === null}
            aria-valuetext={percentText(language, value)}
            onInput={(e) => change(e.currentTarget.value)}
          />
        </label>
        <output>{percentText(language, value)}</output>
      </div>
      {inForce !== undefined && inForce !== null && (
        <p class="dim">
          {w.whatIf.now}
          {w.colon}
          {wholeRuleText(language, inForce.value)}
          {inForce.by !== null && `, ${w.rule.setBy[inForce.by]}`}
          {inForce.sinceMs !== 0 && (
            <>
              {" "}
              {w.status.since} <Time ms={inForce.sinceMs} />
            </>
          )}
        </p>
      )}
      {panes === null || alerts === undefined ? (
        <Empty>{w.whatIf.notCounted}</Empty>
      ) : (
        <>
          <dl class="compare">
            <div>
              <dt>{w.whatIf.inForce}</dt>
              <dd>
                <Bar value={panes.inForce} most={most} />
                <strong>{countText(language, panes.inForce)}</strong>{" "}
                <small>{w.whatIf.day(perDay(panes.inForce))}</small>
              </dd>
            </div>
            <div>
              <dt>{w.whatIf.with}</dt>
              <dd aria-live="polite">
                <Bar value={alerts} most={most} />
                <strong data-testid={`alerts-${dimension}`}>{countText(language, alerts)}</strong>{" "}
                <small>{w.whatIf.day(perDay(alerts))}</small>
              </dd>
            </div>
          </dl>
          <p class="dim">
            {w.whatIf.exact(panes.eligible)}
            {panes.eligible > 0 && <> · {w.whatIf.share(percentText(language, alerts / panes.eligible))}</>}
          </p>
          <ThresholdCurve panes={panes} inForce={inForce?.value} tried={threshold} />
        </>
      )}
      {asked !== null && <ForceThreshold dimension={dimension} value={value} revision={inForce?.bucketRevision} />}
    </section>
  )
}

export const WhatIf = () => {
  // Counting reads LOGS again: it is asked for once, and told of the span that was looked at then, for as long as that one is picked.
  const [asked, setAsked] = useState<{ readonly key: string; readonly query: string } | undefined>(undefined)
  const isAsked = asked?.key === spanKey.value
  const counted = useAsk<WhatIfResponse>(isAsked ? `what-if?${asked.query}&count=lines` : undefined, anew.value)
  const isCounted = isAsked && counted.data !== undefined
  const quick = useAsk<WhatIfResponse>(isCounted ? undefined : `what-if?${spanQuery.value}`, anew.value)
  const data = isCounted ? counted.data : quick.data
  const moved = dimensions.some((dimension) => place.value.query.has(dimension))
  const count = () => {
    if (isAsked && asked.query === spanQuery.value) counted.again()
    else setAsked({ key: spanKey.value, query: spanQuery.value })
  }
  return (
    <>
      <SpanPicker />
      <section class="card">
        <header>
          <h2>{w.whatIf.title}</h2>
          <span class="spacer" />
          <button
            type="button"
            class="button quiet"
            disabled={!moved}
            onClick={() => setQuery(Object.fromEntries(dimensions.map((dimension) => [dimension, undefined])))}
          >
            {w.whatIf.reset}
          </button>
        </header>
        <p>{w.whatIf.intro}</p>
        {dimensions.some((d) => status.value?.seuils[d]?.table === true) && <p class="dim">{w.whatIf.tableNote}</p>}
        <p class="dim">{w.whatIf.curve}</p>
        <div class="count">
          <p class="dim">
            {isCounted ? (
              <>
                {w.whatIf.countedFor}
                <TimeSpan fromMs={counted.data.fromMs} toMs={counted.data.toMs} />.
              </>
            ) : (
              w.whatIf.needs
            )}
          </p>
          <button
            type="button"
            class={isCounted ? "button" : "button primary"}
            disabled={isAsked && counted.loading}
            onClick={count}
          >
            {isAsked && counted.loading ? w.whatIf.counting : isCounted ? w.whatIf.again : w.whatIf.count}
          </button>
        </div>
        {isAsked &&
          counted.error !== undefined &&
          (counted.error.kind === "too_much" ? (
            <p class="state" role="alert">
              {w.whatIf.tooMuch(counted.error.lines ?? 0)}
            </p>
          ) : counted.error.kind === "busy" ? (
            <p class="state" role="alert">
              {w.whatIf.busy}
            </p>
          ) : (
            <Failed error={counted.error} again={counted.again} />
          ))}
        {isCounted && counted.data.missing > 0 && <p class="dim">{w.whatIf.gone(counted.data.missing)}</p>}
      </section>
      {data === undefined ? (
        quick.error === undefined ? (
          <Loading />
        ) : (
          <Failed error={quick.error} again={quick.again} />
        )
      ) : (
        <div class="columns three">
          {dimensionsIn(data).map((dimension) => (
            <Row key={dimension} dimension={dimension} panes={data[dimension]!} spanMs={data.toMs - data.fromMs} />
          ))}
        </div>
      )}
    </>
  )
}
