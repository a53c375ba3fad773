import { percent } from "@chaussettes/domain"
import { count, counted } from "@chaussettes/service"
import type { TrafficTotals } from "../traffic/traffic.ts"

/** What a run of `generate` came to, as `--json` prints it. */
export interface GenerateSummary {
  readonly lines: number
  readonly errors: number
  /** Of the well-formed lines. */
  readonly error_rate: number
  readonly by_class: TrafficTotals["byClass"]
  readonly late: number
  readonly malformed: number
  readonly messages: number
  readonly bytes: number
  readonly seconds: number
  readonly lines_per_second: number
  readonly output: "nats" | "console"
  readonly source: string
  readonly seed: number
  /** The last sequence in LOGS; null on the console. */
  readonly last_seq: number | null
}

export const summaryOf = (
  totals: TrafficTotals,
  run: Pick<GenerateSummary, "messages" | "bytes" | "output" | "source" | "seed" | "last_seq"> & {
    readonly elapsedMs: number
  }
): GenerateSummary => {
  const { lines, errors, byClass, late, malformed } = totals
  const seconds = run.elapsedMs / 1000
  return {
    lines,
    errors,
    error_rate: lines === malformed ? 0 : round(errors / (lines - malformed), 4),
    by_class: byClass,
    late,
    malformed,
    messages: run.messages,
    bytes: run.bytes,
    seconds: round(seconds, 3),
    lines_per_second: round(lines / Math.max(seconds, 0.001), 1),
    output: run.output,
    source: run.source,
    seed: run.seed,
    last_seq: run.last_seq
  }
}

const round = (n: number, digits: number): number => Math.round(n * 10 ** digits) / 10 ** digits

/** The same for a person. */
export const summaryText = (s: GenerateSummary): string => {
  const classes = Object.entries(s.by_class)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => `${name} ${count(n)}`)
  const odd = [s.late > 0 ? `${count(s.late)} late` : "", s.malformed > 0 ? `${count(s.malformed)} malformed` : ""]
  return [
    `${counted(s.lines, "line")} in ${s.seconds.toFixed(1)} s (${count(s.lines_per_second)}/s)`,
    `${counted(s.errors, "error")} (${percent(s.error_rate)})`,
    ...classes,
    ...odd.filter((text) => text !== ""),
    ...(s.last_seq === null ? [] : [`logs.${s.source} up to sequence ${s.last_seq}`]),
    `seed ${s.seed}`
  ].join(" · ")
}
