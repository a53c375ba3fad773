import { visibleText } from "@chaussettes/domain"
import { plain, type Sentence } from "@chaussettes/presentation"
import { headlineOf, toneOf } from "@chaussettes/readmodel"
import { useMemo } from "preact/hooks"
import { incidentHref } from "../filters.ts"
import { w } from "../language.ts"
import { lostSinceMs, status } from "../live.ts"
import { path } from "../router.ts"
import { timeText } from "../time.tsx"
import { Said } from "./sentence.tsx"

const marks = { bad: "!", warn: "!", unknown: "…", good: "✓", lost: "⚡" } as const

type Shown =
  | { readonly _tag: "Lost"; readonly sinceMs: number }
  | { readonly _tag: "Loading" }
  | { readonly _tag: "Said"; readonly headline: ReturnType<typeof headlineOf> }

const shownNow = (): Shown => {
  if (lostSinceMs.value !== undefined) return { _tag: "Lost", sinceMs: lostSinceMs.value }
  if (status.value === undefined) return { _tag: "Loading" }
  return { _tag: "Said", headline: headlineOf(status.value) }
}

const sentenceOf = (shown: Shown): Sentence => {
  switch (shown._tag) {
    case "Lost":
      return [w.states.disconnectedSince, { time: shown.sinceMs }, `. ${w.states.tryingAgain}`]
    case "Loading":
      return [w.states.loading]
    case "Said":
      return w.headline(shown.headline)
  }
}

/** What it is about: while that stays, counts that grow are no news. */
const subjectOf = (shown: Shown): string => {
  if (shown._tag !== "Said") return shown._tag
  const { headline } = shown
  return headline._tag === "Wrong" || headline._tag === "Quiet"
    ? `${headline._tag} ${headline.worst.id}`
    : headline._tag
}

/** Whether its own page is what is looked at. */
const isShown = (id: string): boolean => path.value === `/incidents/${id}`

/** Is something wrong, since when, who or what: one sentence, first on every view. */
export const Headline = () => {
  const shown = shownNow()
  const tone = shown._tag === "Said" ? toneOf(shown.headline) : shown._tag === "Lost" ? "lost" : "unknown"
  const word =
    shown._tag === "Lost" ? w.states.disconnected : shown._tag === "Said" ? w.headlineWord(shown.headline) : undefined
  const sentence = sentenceOf(shown)
  // Read aloud when it is about something else, and not with every window.
  const aloud = useMemo(() => `${word ?? ""} ${plain(sentence, timeText, visibleText)}`, [subjectOf(shown)])
  return (
    <>
      <p class="visually-hidden" role="status">
        {aloud}
      </p>
      <div class={`headline tone-${tone}`}>
        <span class="mark" aria-hidden="true">
          {marks[tone]}
        </span>
        <p>
          {word !== undefined && <strong class="tone-word">{word}</strong>} <Said sentence={sentence} />
        </p>
        {shown._tag === "Said" &&
          (shown.headline._tag === "Wrong" || shown.headline._tag === "Quiet") &&
          !isShown(shown.headline.worst.id) && (
            <a class="button" href={incidentHref(shown.headline.worst.id)}>
              {w.incidents.open}
            </a>
          )}
      </div>
    </>
  )
}
