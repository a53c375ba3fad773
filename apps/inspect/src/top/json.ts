import { rfc3339 } from "@chaussettes/domain"
import { wordsOf } from "@chaussettes/presentation"
import { sentenceText } from "@chaussettes/presentation/terminal"
import { headlineOf, toneOf } from "@chaussettes/readmodel"
import { decidedObject } from "../incidents/decided-text.ts"
import type { Shown } from "./shown.ts"

/** What a screen shows, for a program: the words of the headline are English. */
export const jsonOf = ({ status, isPublic, course, windowMs, threshold, incidents, tops }: Shown) => {
  const headline = headlineOf(status)
  return {
    schema: "chaussettes.top.v2",
    at: rfc3339(status.atMs),
    public_only: isPublic,
    headline: { state: headline._tag, tone: toneOf(headline), text: sentenceText(wordsOf("en").headline(headline)) },
    requests_per_second: status.linesPerSecond,
    error_rate: status.errorRate,
    threshold: threshold ?? null,
    lag_messages: status.lagMessages,
    window_ms: windowMs,
    windows: course.map(({ startMs, requests, errors, isBreach }) => ({
      start: rfc3339(startMs),
      requests,
      errors,
      breach: isBreach
    })),
    incidents: incidents.map(decidedObject),
    top: Object.fromEntries(tops.map(({ dimension, rows }) => [dimension, rows]))
  }
}
