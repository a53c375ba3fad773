import { dimensionsIn } from "@chaussettes/domain"
import { bytesText, countText, durationText, percentText, rateText, statusesText } from "@chaussettes/presentation"
import type { Status } from "@chaussettes/readmodel"
import type { ComponentChildren } from "preact"
import { language, w } from "../language.ts"
import { serverNowMs } from "../live.ts"

type Tone = "bad" | "warn" | undefined

const Tile = (props: {
  readonly name: string
  readonly hint?: string
  readonly tone?: Tone
  readonly children: ComponentChildren
}) => (
  <div class={`tile${props.tone === undefined ? "" : ` tone-${props.tone}`}`}>
    <dt title={props.hint}>{props.name}</dt>
    <dd>{props.children}</dd>
  </div>
)

const sumOf = (counts: { readonly [name: string]: number | undefined }): number =>
  Object.values(counts).reduce<number>((sum, n) => sum + (n ?? 0), 0)

/** More waiting than this is told in a warning colour: the detector is behind. */
const lagWarning = 1_000
const watermarkWarningMs = 120_000

/** The state in six figures. */
export const Figures = ({ status }: { readonly status: Status }) => {
  const { lastHour, newest } = status
  const age = newest === null ? null : Math.max(0, serverNowMs.value - newest.decidedThroughMs)
  const rejected = sumOf(lastHour.rejected)
  return (
    <dl class="tiles">
      <Tile name={w.status.lines} hint={w.status.linesHint}>
        {rateText(language, status.linesPerSecond)}
      </Tile>
      <Tile name={w.status.errorRate} hint={w.status.linesHint}>
        {status.errorRate === null ? "–" : percentText(language, status.errorRate)}
        {lastHour.clientErrors + lastHour.serverErrors > 0 && (
          <small class="kinds" title={`${w.status.lastHour}: ${statusesText(language, lastHour.statuses)}`}>
            4xx {countText(language, lastHour.clientErrors)} · 5xx {countText(language, lastHour.serverErrors)}
          </small>
        )}
      </Tile>
      <Tile
        name={w.status.lag}
        hint={w.status.lagHint}
        tone={(status.lagMessages ?? 0) > lagWarning ? "warn" : undefined}
      >
        {status.lagMessages === null ? "–" : countText(language, status.lagMessages)}
      </Tile>
      <Tile
        name={w.status.watermark}
        hint={w.status.watermarkHint}
        tone={age !== null && age > watermarkWarningMs ? "warn" : undefined}
      >
        {age === null ? "–" : durationText(language, age)}
      </Tile>
      <Tile
        name={`${w.status.late} · ${w.status.rejected}`}
        hint={w.status.lastHour}
        tone={lastHour.gap > 0 ? "bad" : undefined}
      >
        {countText(language, lastHour.late)} · {countText(language, rejected)}
        {lastHour.gap > 0 && (
          <small>
            {" "}
            {w.status.gap}
            {w.colon}
            {countText(language, lastHour.gap)}
          </small>
        )}
      </Tile>
      <Tile name={w.status.thresholds} hint={status.method ?? ""}>
        <span class="thresholds">
          {dimensionsIn(status.seuils).map((dimension) => {
            const threshold = status.seuils[dimension]!
            return (
              <span key={dimension} class={threshold?.refused ? "tone-warn" : ""}>
                <small>{dimension === "global" ? "∑" : w.dimensions[dimension]}</small>{" "}
                {threshold === null ? "–" : percentText(language, threshold.rate)}
              </span>
            )
          })}
        </span>
      </Tile>
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
