import { headlineOf, type Segment, toneOf } from "@chaussettes/view"
import { w } from "../language.ts"
import { lostSinceMs, status } from "../live.ts"
import { hrefOf } from "../router.ts"
import { Time } from "../time.tsx"
import { Foreign } from "./key-text.tsx"

const marks = { bad: "!", warn: "!", unknown: "…", good: "✓" } as const

const Piece = ({ segment }: { readonly segment: Segment }) => {
  if (typeof segment === "string") return <>{segment}</>
  if ("time" in segment) return <Time ms={segment.time} />
  return <Foreign text={segment.key} />
}

/** Is something wrong, since when, who or what: one sentence, first on every view. */
export const Headline = () => {
  const lost = lostSinceMs.value
  const s = status.value
  if (lost !== undefined) {
    return (
      <div class="headline tone-lost" role="status">
        <span class="mark" aria-hidden="true">
          ⚡
        </span>
        <p>
          <strong class="tone-word">{w.states.disconnected}</strong> {w.states.disconnectedSince}
          <Time ms={lost} />. {w.states.tryingAgain}
        </p>
      </div>
    )
  }
  if (s === undefined) {
    return (
      <div class="headline tone-unknown" role="status">
        <span class="mark" aria-hidden="true">
          …
        </span>
        <p>{w.states.loading}</p>
      </div>
    )
  }
  const headline = headlineOf(s)
  const tone = toneOf(headline)
  return (
    <div class={`headline tone-${tone}`} role="status">
      <span class="mark" aria-hidden="true">
        {marks[tone]}
      </span>
      <p>
        <strong class="tone-word">{w.headlineWords[tone]}</strong>{" "}
        {w.headline(headline).map((segment, i) => (
          <Piece key={i} segment={segment} />
        ))}
      </p>
      {headline._tag === "Wrong" && (
        <a class="button" href={hrefOf(`/alerts/${headline.worst.lastId}`, { from: undefined, to: undefined })}>
          {w.explain.open}
        </a>
      )}
    </div>
  )
}
