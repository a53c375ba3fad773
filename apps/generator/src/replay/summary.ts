import type { LineOutcomes } from "@chaussettes/domain"
import { count, type InputFacts } from "@chaussettes/service"

/** What a run of `replay` came to, as `--json` prints it. */
export interface ReplaySummary extends InputFacts {
  readonly source: string
  readonly files: ReadonlyArray<string>
  readonly lines: number
  /** Of the input, unpacked. */
  readonly bytes: number
  readonly messages: number
  /** Lines that were longer than a message may be and were cut. */
  readonly cut_lines: number
  /** What the detector will make of them, by a sample. */
  readonly looked_at: LineOutcomes
  readonly seconds: number
  readonly lines_per_second: number
  /** The last sequence in LOGS; null where nothing was sent. */
  readonly last_seq: number | null
  readonly resumed_from: { readonly file: string; readonly line: number } | null
  readonly shifted_by_ms: number
  /** Whether it came to the end of its input; else `--resume` goes on. */
  readonly finished: boolean
}

export const summaryText = (s: ReplaySummary): string => {
  const parts = [
    `${count(s.lines)} lines, ${count(s.bytes)}B in ${count(s.messages)} messages and ${s.seconds.toFixed(1)} s (${count(s.lines_per_second)} lines/s)`,
    ...(s.last_seq === null ? [] : [`logs.${s.source} up to sequence ${s.last_seq}`]),
    ...(s.cut_lines === 0 ? [] : [`${count(s.cut_lines)} lines were longer than a message may be and were cut`]),
    ...(s.finished ? [] : ["interrupted"])
  ]
  return parts.join(" · ")
}
