import { type Dimension, dimensions, NewestRecords, parseThreshold, rfc3339 } from "@chaussettes/domain"
import { type ThresholdEntry, ThresholdsStore, Windows } from "@chaussettes/jetstream"
import { windowsStream } from "@chaussettes/jetstream/topology"
import { failed, progress, toUserFailure } from "@chaussettes/service"
import { Clock, Effect, Option, Stream } from "effect"
import { metadataIn, standingOf } from "../compute/in-force.ts"
import { putExpecting } from "../compute/publish.ts"
import { thresholdsPortsAt } from "../ports.ts"
import { ruleWord } from "../words.ts"
import {
  alertsADay,
  Effects,
  historyOf,
  jsonOf,
  publicationOf,
  publicationsOf,
  type ThresholdHistory
} from "./entries.ts"
import type { HistoryInput } from "./flags.ts"

export const history = Effect.fn("history")(
  function* (input: HistoryInput) {
    yield* Option.isNone(input.backTo) ? list(input) : goBack(input.backTo.value)
  },
  (effect, { nats }) => Effect.provide(effect, thresholdsPortsAt(nats, "thresholds-history")),
  Effect.mapError(toUserFailure)
)

/** Reads WINDOWS once and sums up what each threshold did. */
export const readEffects = Effect.scoped(
  Effect.gen(function* () {
    const windows = yield* Windows
    const { firstSeq, lastSeq } = yield* windows.bounds
    const effects = new Effects()
    if (lastSeq < firstSeq) return effects
    const newest = new NewestRecords()
    const bar = yield* progress({ what: `Reading ${windowsStream}`, unit: "windows", total: lastSeq - firstSeq + 1 })
    yield* Stream.runForEachArray(windows.read(firstSeq), (records) =>
      Effect.sync(() => {
        for (const { record } of records) for (const last of newest.take(record)) effects.add(last)
        bar.at(records[records.length - 1]!.seq - firstSeq + 1)
      })
    )
    for (const last of newest.end()) effects.add(last)
    return effects
  })
)

const list = (input: HistoryInput) =>
  Effect.gen(function* () {
    const store = yield* ThresholdsStore
    const all = historyOf(yield* store.history(), yield* readEffects)
    yield* Effect.sync(() => {
      process.stdout.write(input.json ? `${JSON.stringify(jsonOf(all))}\n` : textOf(all))
    })
  })

const valueWord = ({ value, text }: ThresholdHistory): string =>
  value !== undefined ? ruleWord(value) : text === "" ? "deleted" : `refused: ${text.slice(0, 20)}`

const textOf = (all: ReadonlyArray<ThresholdHistory>): string => {
  const rows = [
    ["revision", "key", "value", "put at", "by", "windows", "alerts", "a day"],
    ...all.map((h) => [
      `${h.revision}`,
      h.dimension,
      valueWord(h),
      h.createdMs === undefined ? "–" : rfc3339(Math.floor(h.createdMs / 1000) * 1000),
      h.by,
      `${h.effect?.windows ?? 0}`,
      `${h.effect?.breaches ?? 0}`,
      h.effect === undefined ? "–" : alertsADay(h.effect).toFixed(1)
    ])
  ]
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return `${rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join("  ")
        .trimEnd()
    )
    .join("\n")}\n`
}

const outdated = failed("A threshold was set by someone else in the meantime: check the history and run this again.")

/**
 * Puts what stood at a revision again. Of a publication all three thresholds and their metadata come back, so that these stay
 * true; what an operator had put comes back alone.
 */
export const goBack = Effect.fn("goBack")(
  function* (revision: number) {
    const store = yield* ThresholdsStore
    const entries = yield* store.history()
    const wanted = entries.find((entry) => entry.revision === revision)
    if (wanted === undefined || wanted.text === "") {
      return yield* failed(
        `Revision ${revision} is no longer stored. List the stored ones with: chaussettes thresholds history`
      )
    }
    if (wanted.key !== "metadata") {
      const parsed = parseThreshold(wanted.text)
      if (!parsed.ok) {
        return yield* failed(
          `The value of revision ${revision} cannot be used: ${parsed.reason}. Go back to another one.`
        )
      }
    }
    const standing = standingOf(yield* store.current)
    const publications = publicationsOf(entries)
    const publication =
      wanted.key === "metadata"
        ? publications.find((p) => p.metadata.revision === revision)
        : publicationOf(publications, wanted.key, revision)
    if (publication === undefined) {
      if (wanted.key === "metadata") return yield* failed(`Revision ${revision} has no thresholds to restore.`)
      const key: Dimension = wanted.key
      const now = yield* putExpecting(store, key, wanted.text, standing.revisions[key] ?? 0)
      yield* said(`${key} is again what it was at revision ${revision}; its revision is ${now} now.`)
      return
    }
    const revisions: Record<string, number> = {}
    for (const dimension of dimensions) {
      const there = entryAt(entries, dimension, publication.revisions[dimension])
      if (there === undefined) {
        if (publication.revisions[dimension] !== undefined) {
          yield* said(`The earlier threshold ${dimension} is no longer stored: the present one stays.`)
        }
        continue
      }
      revisions[dimension] = yield* putExpecting(store, dimension, there.text, standing.revisions[dimension] ?? 0)
    }
    const restoredAt = rfc3339(yield* Clock.currentTimeMillis)
    const metadata = { ...metadataIn(publication.metadata.text), revisions, restored_at: restoredAt }
    yield* putExpecting(store, "metadata", JSON.stringify(metadata), standing.metadataRevision)
    const told = Object.entries(revisions).map(([dimension, now]) => `${dimension} ${now}`)
    yield* said(`The publication ${publication.id} is in force again; revisions now: ${told.join(", ")}.`)
  },
  Effect.catchTag("Outdated", () => Effect.fail(outdated))
)

const entryAt = (entries: ReadonlyArray<ThresholdEntry>, dimension: Dimension, revision: number | undefined) =>
  revision === undefined
    ? undefined
    : entries.find((e) => e.key === dimension && e.revision === revision && e.text !== "")

const said = (text: string) => Effect.sync(() => process.stderr.write(`${text}\n`))
