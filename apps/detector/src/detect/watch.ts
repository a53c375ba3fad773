import { type Dimension, rateOf, type ThresholdsInForce, visibleText } from "@chaussettes/domain"
import {
  alertsStream,
  incidentsBucket,
  incidentsStream,
  logsStream,
  named,
  rulesBucket,
  windowsStream
} from "@chaussettes/jetstream/topology"
import { offsetFlag, wordsOf } from "@chaussettes/presentation"
import { Health, reasonOf } from "@chaussettes/service"
import { type BadRules, type BucketRules, badRulesWords } from "@chaussettes/service/rules-in-force"
import { Effect } from "effect"
import type { DetectorWatch } from "../run/detector.ts"
import type { BadModel } from "../run/incidents-in-force.ts"
import type { RunError } from "../run/run.ts"
import type { BadThreshold } from "../run/thresholds-in-force.ts"
import { makeMetrics } from "./metrics.ts"
import { recentWords } from "./recent.ts"

/** Why a life has ended, as a sentence that says what happens next. */
const endedWords = (why: RunError | "lease lost"): string => {
  if (why === "lease lost") return "Another detector has taken the lead; standing by."
  switch (why._tag) {
    case "OffTheClock": {
      const source = { name: why.source, offsetMs: why.offsetMs + why.fault.ahead_ms, clock: why.fault }
      return `${wordsOf("en").offClock(source)} Restarting from what is stored with corrected times, like ${offsetFlag(why.source, why.offsetMs)}.`
    }
    case "RulesChanged":
      return changedWords(why.rules)
    case "Fenced":
      return "Another detector has taken over and written the next record first; standing by."
    case "Foreign":
      return `Another writer has written sequence ${why.entry.seq}; restarting from what is stored.`
    case "Diverged":
      return `${windowsStream}, ${alertsStream} or ${incidentsStream} has changed: sequence ${why.expectedSeq} was expected, and it holds ${why.firstSeq} to ${why.lastSeq}; restarting from what is stored.`
    case "OffloadFailed":
      return `Detection failed (${why.why}); restarting from what is stored.`
    case "Unreadable":
      return why.message
    case "Unavailable":
      return `The server is unavailable for ${why.what}: ${why.why}. Trying again.`
    case "Refused":
      return `The server refused ${why.what}: ${why.why}. ${why.remedy} Trying again.`
  }
}

/** Says what the detector does: to the log, to health and to the metrics. */
export const makeWatch: Effect.Effect<
  DetectorWatch & {
    readonly onBadThreshold: (bad: BadThreshold) => Effect.Effect<void>
    readonly onBadModel: (bad: BadModel) => Effect.Effect<void>
    readonly onBadRules: (bad: BadRules) => Effect.Effect<void>
    readonly onLag: (messages: number) => Effect.Effect<void>
    readonly onThresholds: (
      inForce: ThresholdsInForce,
      putMs: (dimension: Dimension) => number | undefined
    ) => Effect.Effect<void>
  },
  never,
  Health
> = Effect.gen(function* () {
  const health = yield* Health
  const metrics = makeMetrics()
  yield* metrics.begin
  const recently = recentWords()
  const waiting = new Set<string>()
  const goesOn = Effect.suspend(() => {
    if (waiting.size === 0) return Effect.void
    waiting.clear()
    return Effect.all(
      [Effect.logInfo("The store accepts writes again."), health.ready("store"), metrics.storeWaiting(false)],
      { discard: true }
    )
  })
  return {
    onNotice: (notice) => Effect.logWarning(notice),
    onStandby: (leader) =>
      Effect.all(
        [
          Effect.logInfo(`Standing by: ${leader} leads.`),
          health.notReady("lead", `standing by while ${leader} leads`),
          metrics.leading(false)
        ],
        { discard: true }
      ),
    onReady: ({ fromSeq, logs, start }) =>
      Effect.all(
        [
          metrics.lifeBegins,
          metrics.leading(true),
          health.ready("lead"),
          health.ready("logs"),
          health.ready("store"),
          metrics.storeWaiting(false),
          Effect.logInfo("Detecting").pipe(
            Effect.annotateLogs({ from_seq: fromSeq, last_seq: logs.lastSeq, records_to_check: start.known.length })
          )
        ],
        { discard: true }
      ),
    onOutput: (output) => {
      const lost = output.lost.map(({ seq, start }) =>
        Effect.logError(
          `${logsStream} no longer holds all lines of the window ${start} (${windowsStream} ${seq}): alerts of this window that were not stored yet are lost.`
        )
      )
      // Warnings, also where it is over: whoever was told of it is told of its end.
      const recent = output.tally === undefined ? [] : recently(output.tally).map((words) => Effect.logWarning(words))
      const formats = output.formats.map(({ source, was, now }) =>
        Effect.logInfo(
          `The lines of ${visibleText(source)} have changed format from ${was} to ${now}, and are now read as ${now}.`
        )
      )
      return Effect.andThen(Effect.all([...lost, ...recent, ...formats], { discard: true }), metrics.output(output))
    },
    onAlerts: (alerts, throughSeq) => Effect.andThen(metrics.stored(alerts, throughSeq), goesOn),
    onWaiting: (what) => (error) =>
      Effect.suspend(() => {
        const why = `${named(what)} does not accept writes: ${reasonOf(error)}${error._tag === "Refused" ? `. ${error.remedy}` : ""}`
        const first = !waiting.has(what)
        waiting.add(what)
        return Effect.all(
          [
            first ? Effect.logWarning(`Waiting: ${why}`) : Effect.void,
            health.notReady("store", why),
            metrics.storeWaiting(true)
          ],
          { discard: true }
        )
      }),
    onEnded: (why) => {
      const words = endedWords(why)
      const log =
        why === "lease lost" || why._tag === "Fenced" || why._tag === "RulesChanged"
          ? Effect.logInfo(words)
          : Effect.logWarning(words)
      return Effect.all([log, health.notReady("logs", words), metrics.leading(false), metrics.restarted], {
        discard: true
      })
    },
    onBadThreshold: ({ entry, reason, inForce }) =>
      Effect.andThen(
        Effect.logError(
          `The threshold ${entry.key} = ${JSON.stringify(entry.text.slice(0, 80))} (revision ${entry.revision}) cannot be used: ${reason}. ${rateOf(inForce.value)} of revision ${inForce.revision} stays in force. Set a number between 0 and 1: chaussettes thresholds set ${entry.key} 0.3`
        ),
        metrics.thresholdRefused
      ),
    onBadModel: ({ revision, reason, inForce }) =>
      Effect.logError(
        `Revision ${revision} of what incidents are judged by (the key model of the bucket ${incidentsBucket}) cannot be used: ${reason}. ${inForce === 0 ? "What is believed of any site" : `Revision ${inForce}`} stays in force. Publish another one: chaussettes thresholds`
      ),
    onBadRules: (bad) => Effect.andThen(Effect.logError(badRulesWords(bad)), metrics.rulesRefused),
    onLag: metrics.lag,
    onThresholds: metrics.thresholds
  }
})

const changedWords = ({ ignore, formats }: BucketRules): string =>
  `Revision ${Math.max(ignore.revision, formats.revision)} of the bucket ${rulesBucket} is in force: ${ignore.rules.length} for traffic that is ignored, ${Object.keys(formats.by).length} sources with a declared format. It applies to lines that no record counts yet.`
