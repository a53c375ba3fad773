import { dimensionsIn, rejectReasons, visibleText } from "@chaussettes/domain"
import { countText, delayText, exactSpanText, wholeRuleText } from "@chaussettes/presentation"
import { offClockOf, type SourceStatus, type Status } from "@chaussettes/readmodel"
import type { RejectsResponse } from "../../../src/api/index.ts"
import { useAsk } from "../ask.ts"
import { language, w } from "../language.ts"
import { anew, serverNowMs, status } from "../live.ts"
import { Figures, logsHeldText } from "../parts/figures.tsx"
import { Foreign } from "../parts/key-text.tsx"
import { Empty, Loading } from "../parts/states.tsx"
import { Time } from "../time.tsx"

const Ago = ({ ms }: { readonly ms: number }) => (
  <>
    <Time ms={ms} /> <span class="dim">({w.ago(serverNowMs.value - ms)})</span>
  </>
)

/** How the recent lines of a source came: four cells. */
const Recently = ({ recent }: { readonly recent: SourceStatus["recent"] }) => {
  if (recent === null) return <td colSpan={4} />
  const { lines, withoutVerdict, delayMs, delayP90Ms, disorderMs, latenessMs, offsetMs, clock } = recent
  return (
    <>
      <td class="n">
        {countText(language, lines)}
        {withoutVerdict > 0 && (
          <small class="tone-warn"> {w.status.withoutVerdict(countText(language, withoutVerdict))}</small>
        )}
      </td>
      <td class={clock === null ? "n" : "n tone-warn"}>
        {delayMs === null || delayP90Ms === null ? "–" : `${delayText(delayMs)} – ${delayText(delayP90Ms)}`}
        {offsetMs !== 0 && <small> {w.status.offset(delayText(offsetMs))}</small>}
      </td>
      <td class="n">{disorderMs === null ? "–" : exactSpanText(disorderMs)}</td>
      <td class="n">{exactSpanText(latenessMs)}</td>
    </>
  )
}

/** The sources that are off the clock, each with what helps. */
const OffClock = ({ status: s }: { readonly status: Status }) => {
  const off = offClockOf(s)
  const more = (s.recent?.offClock ?? 0) - off.length
  if (off.length === 0) return null
  return (
    <>
      <h3>{w.status.offClockTitle}</h3>
      <ul>
        {off.map((source) => (
          <li key={source.name} class="tone-warn">
            {w.offClock(source)} {w.offClockRemedy(source)}
          </li>
        ))}
        {more > 0 && <li>{w.status.moreOffClock(more)}</li>}
      </ul>
    </>
  )
}

export const StatusView = () => {
  const s = status.value
  const rejects = useAsk<RejectsResponse>("rejects?limit=30", `${anew.value}/${s?.newest?.endMs ?? 0}`)
  if (s === undefined) return <Loading />
  const rejected = rejectReasons.reduce((sum, reason) => sum + (s.lastHour.rejected[reason] ?? 0), 0)
  const reasons = rejectReasons.filter((reason) => (s.lastHour.rejected[reason] ?? 0) > 0)
  return (
    <>
      <Figures status={s} />
      <div class="columns">
        <section class="card" aria-labelledby="detector-title">
          <h2 id="detector-title">{w.status.detectorTitle}</h2>
          <dl class="facts">
            <dt>{w.status.state}</dt>
            <dd>
              <span class={s.detector.state === "running" ? "tone-good" : "tone-bad"}>
                {w.detector[s.detector.state]}
              </span>{" "}
              – {w.detectorWhy(s)}
            </dd>
            {s.detector.holder !== null && (
              <>
                <dt>{w.status.holder}</dt>
                <dd>
                  <Foreign text={s.detector.holder} />{" "}
                  <span class="dim">
                    ({w.status.generation} {s.detector.generation})
                  </span>
                </dd>
              </>
            )}
            {s.detector.renewedMs !== null && (
              <>
                <dt>{w.status.renewed}</dt>
                <dd>
                  <Ago ms={s.detector.renewedMs} />
                </dd>
              </>
            )}
            {s.lagMessages !== null && (
              <>
                <dt>{w.status.reading}</dt>
                <dd>{w.status.toRead(s.lagMessages)}</dd>
              </>
            )}
            {s.newest !== null && (
              <>
                <dt>{w.status.newest}</dt>
                <dd>
                  <Ago ms={s.newest.endMs} />
                </dd>
                <dt>{w.status.decidedThrough}</dt>
                <dd>
                  <Ago ms={s.newest.decidedThroughMs} />
                </dd>
                <dt>{w.status.verdicts}</dt>
                <dd>
                  {w.status.lateAndRejected(s.lastHour.late, rejected)}
                  {s.lastHour.gap > 0 && (
                    <span class="tone-bad">
                      {" "}
                      {w.status.gap}
                      {w.colon}
                      {countText(language, s.lastHour.gap)}
                    </span>
                  )}
                </dd>
              </>
            )}
            <dt>{w.status.logs}</dt>
            <dd>{logsHeldText(s)}</dd>
          </dl>
        </section>
        <section class="card" aria-labelledby="thresholds-title">
          <h2 id="thresholds-title">{w.status.thresholds}</h2>
          <table>
            <thead>
              <tr>
                <th scope="col">{w.alerts.dimension}</th>
                <th scope="col">{w.status.threshold}</th>
                <th scope="col" class="n">
                  {w.status.revision}
                </th>
                <th scope="col">{w.status.since}</th>
              </tr>
            </thead>
            <tbody>
              {dimensionsIn(s.seuils).map((dimension) => {
                const threshold = s.seuils[dimension]!
                return (
                  <tr key={dimension}>
                    <th scope="row">{w.dimensionsMany[dimension]}</th>
                    {threshold === null ? (
                      <td colSpan={3}>{w.status.noThreshold}</td>
                    ) : (
                      <>
                        <td>
                          {wholeRuleText(language, threshold.value)}
                          {threshold.by !== null && <small class="dim"> {w.rule.setBy[threshold.by]}</small>}
                          {threshold.refused !== null && <small class="tone-warn"> {w.status.refused}</small>}
                        </td>
                        <td class="n">{threshold.revision}</td>
                        <td>{threshold.sinceMs === 0 ? "–" : <Ago ms={threshold.sinceMs} />}</td>
                      </>
                    )}
                  </tr>
                )
              })}
            </tbody>
          </table>
          {(s.ignore !== null || s.lastHour.ignored > 0) && (
            <p class="under dim">
              {w.status.ignored}
              {w.colon}
              {w.status.ignoredLines(s.lastHour.ignored)} ({w.status.lastHour})
              {s.ignore !== null && (
                <>
                  {" · "}
                  {w.status.rules(s.ignore.rules)}, {w.status.revision} {s.ignore.revision} {w.status.since}{" "}
                  <Ago ms={s.ignore.sinceMs} />
                  {s.ignore.refused !== null && <small class="tone-warn"> {w.status.refused}</small>}
                </>
              )}
            </p>
          )}
          {s.formats !== null && (
            <p class="under dim">
              {w.status.formats}
              {w.colon}
              {w.status.formatsBy(s.formats.sources)}, {w.status.revision} {s.formats.revision} {w.status.since}{" "}
              <Ago ms={s.formats.sinceMs} />
              {s.formats.refused !== null && <small class="tone-warn"> {w.status.refused}</small>}
            </p>
          )}
          {s.formatChanges.map(({ source, was, now, atMs }) => (
            <p class="under dim" key={`${source} ${was} ${now} ${atMs}`}>
              {w.status.formatChanges}
              {w.colon}
              {w.status.formatChange(visibleText(source), was, now)}, <Ago ms={atMs} />
            </p>
          ))}
          {s.unknownKeys.map(({ bucket, key }) => (
            <p class="under tone-warn" key={`${bucket} ${key}`}>
              {w.status.unknownKeys}
              {w.colon}
              {w.status.unknownKey(visibleText(key), bucket)}
            </p>
          ))}
          {s.method !== null && (
            <p class="under dim">
              {w.status.method}
              {w.colon}
              <code>{s.method}</code>
              {s.calculatedAtMs !== null && (
                <>
                  {" · "}
                  {w.status.calculated} <Ago ms={s.calculatedAtMs} />
                </>
              )}
            </p>
          )}
        </section>
      </div>
      <section class="card" aria-labelledby="sources-title">
        <h2 id="sources-title">{w.status.sources}</h2>
        {s.sources.length === 0 ? (
          <Empty>{w.status.noSources}</Empty>
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
          <section class="table-scroll" tabIndex={0} aria-label={w.status.sources}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{w.status.source}</th>
                  <th scope="col">{w.status.lastEvent}</th>
                  <th scope="col">{w.status.lastSeen}</th>
                  <th scope="col" class="n" title={w.status.recentHint}>
                    {w.status.recentLines}
                  </th>
                  <th scope="col" class="n" title={w.status.delayHint}>
                    {w.status.delay}
                  </th>
                  <th scope="col" class="n" title={w.status.disorderHint}>
                    {w.status.disorder}
                  </th>
                  <th scope="col" class="n" title={w.status.latenessHint}>
                    {w.status.lateness}
                  </th>
                </tr>
              </thead>
              <tbody>
                {s.sources.map((source) => (
                  <tr key={source.name}>
                    <th scope="row">
                      <Foreign text={source.name} />
                      {source.ended && " "}
                      {source.ended && <span class="tag">{w.status.ended}</span>}
                    </th>
                    <td>{source.lastEventMs === null ? "–" : <Time ms={source.lastEventMs} />}</td>
                    <td>
                      <Ago ms={source.lastSeenMs} />
                    </td>
                    <Recently recent={source.recent} />
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
        <OffClock status={s} />
      </section>
      <section class="card" aria-labelledby="rejects-title">
        <header>
          <h2 id="rejects-title">{w.status.rejects}</h2>
          <span class="dim">{w.status.lastHour}</span>
        </header>
        {reasons.length + s.lastHour.late === 0 ? (
          <Empty>{w.status.noRejects}</Empty>
        ) : (
          <ul class="reasons">
            {s.lastHour.late > 0 && (
              <li>
                {w.reasons.late} <strong>{countText(language, s.lastHour.late)}</strong>
              </li>
            )}
            {reasons.map((reason) => (
              <li key={reason}>
                {w.reasons[reason]} <strong>{countText(language, s.lastHour.rejected[reason] ?? 0)}</strong>
              </li>
            ))}
          </ul>
        )}
        {rejects.data !== undefined && rejects.data.rejects.length > 0 && (
          <>
            <h3>{w.status.newestRejects}</h3>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
            <section class="lines" aria-label={w.status.newestRejects} tabIndex={0}>
              <ol>
                {rejects.data.rejects.map((r) => (
                  <li key={r.rejectSeq}>
                    <span class="where">{w.reasons[r.reason]}</span>
                    <Foreign text={r.text} code />
                  </li>
                ))}
              </ol>
            </section>
          </>
        )}
      </section>
    </>
  )
}
