import { bytesText, countText, percentText, rateText } from "@chaussettes/presentation"
import type { Status } from "@chaussettes/readmodel"
import type { ComponentChildren } from "preact"
import { language, w } from "../language.ts"

const Tile = (props: { readonly name: string; readonly hint?: string; readonly children: ComponentChildren }) => (
  <div class="tile">
    <dt title={props.hint}>{props.name}</dt>
    <dd>{props.children}</dd>
  </div>
)

const share = (n: number, of: number): string => percentText(language, of === 0 ? 0 : n / of)

/** How the site fares: requests, and errors by class. */
export const Figures = ({ status }: { readonly status: Status }) => {
  const { lastHour } = status
  const byClass = (name: string, n: number) => (
    <Tile name={name} hint={w.status.lastHour}>
      {countText(language, n)}
      <small class="kinds">
        {share(n, lastHour.requests)} · {w.status.lastHour}
      </small>
    </Tile>
  )
  return (
    <dl class="tiles">
      <Tile name={w.status.lines} hint={w.status.linesHint}>
        {rateText(language, status.linesPerSecond)}
        <small class="kinds">
          {countText(language, lastHour.requests)} · {w.status.lastHour}
        </small>
      </Tile>
      <Tile name={w.status.errorRate} hint={w.status.linesHint}>
        {status.errorRate === null ? "–" : percentText(language, status.errorRate)}
        <small class="kinds">{w.status.lastMinute}</small>
      </Tile>
      {byClass(w.status.serverErrors, lastHour.serverErrors)}
      {byClass(w.status.clientErrors, lastHour.clientErrors)}
    </dl>
  )
}

export const logsHeldText = (status: Status): string =>
  status.logs === null
    ? "–"
    : w.status.logsHeld(
        Math.max(0, status.logs.lastSeq - status.logs.firstSeq + 1),
        bytesText(language, status.logs.bytes)
      )
