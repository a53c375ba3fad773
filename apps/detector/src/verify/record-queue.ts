import type { LogBatch } from "@chaussettes/domain"
import type { Differences } from "./differences.ts"
import { RecordReader, type StoredRecord } from "./record.ts"
import { textsOf } from "./stored.ts"

/** A record that waits to be judged, and what is gone or unreadable before it. */
export interface WaitingRecord {
  readonly stored: StoredRecord
  readonly missing: { readonly count: number; readonly fromSeq: number }
  readonly unreadable: number
}

/** The records as they come, read and in order. A record is told only when the next one is known, or that there is none. */
export class RecordQueue {
  readonly #differences: Differences
  readonly #reader = new RecordReader()
  #waiting: Array<WaitingRecord> = []
  #at = 0
  #nextSeq: number
  #missing = { count: 0, fromSeq: 0 }
  #unreadable = 0
  ended = false

  constructor(firstSeq: number, differences: Differences) {
    this.#nextSeq = firstSeq
    this.#differences = differences
  }

  push(records: LogBatch): void {
    this.#waiting = this.#waiting.slice(this.#at)
    this.#at = 0
    for (const { seq, data } of textsOf(records)) {
      this.missedBefore(seq)
      const stored = this.#reader.read(seq, data)
      if (typeof stored === "string") {
        if (this.#differences.isLater("window", seq, data)) continue
        this.#differences.add({
          of: "window",
          kind: "different",
          seq,
          why: `it cannot be read: ${stored}`,
          stored: data
        })
        this.#unreadable++
        continue
      }
      this.#waiting.push({ stored, missing: this.#missing, unreadable: this.#unreadable })
      this.#missing = { count: 0, fromSeq: 0 }
      this.#unreadable = 0
    }
  }

  /** `seq` comes next: what should have come before it is missing. */
  missedBefore(seq: number): void {
    const count = seq - this.#nextSeq
    if (count > 0) this.#missing = together(this.#missing, { count, fromSeq: this.#nextSeq })
    this.#nextSeq = seq + 1
  }

  /** What is missing or unreadable behind the last record. */
  get behind(): Omit<WaitingRecord, "stored"> {
    return { missing: this.#missing, unreadable: this.#unreadable }
  }

  get front(): WaitingRecord | undefined {
    return this.ended || this.#at + 1 < this.#waiting.length ? this.#waiting[this.#at] : undefined
  }

  /** The one behind the front. */
  get second(): StoredRecord | undefined {
    return this.#waiting[this.#at + 1]?.stored
  }

  /** The front has been judged. */
  shift(): void {
    this.#at++
  }

  /** The front is none: what is missing before it is missing before the next one. */
  drop(): void {
    const { missing, unreadable } = this.#waiting[this.#at++]!
    const next = this.#waiting[this.#at]
    if (next === undefined) {
      this.#missing = together(missing, this.#missing)
      this.#unreadable += unreadable
    } else {
      this.#waiting[this.#at] = {
        stored: next.stored,
        missing: together(missing, next.missing),
        unreadable: unreadable + next.unreadable
      }
    }
  }

  get isEmpty(): boolean {
    return this.ended && this.#at === this.#waiting.length
  }

  /**
   * Up to which sequence of LOGS all records are here that could decide anything. By the lower one of the last two, so that one
   * that was altered does not hide those behind it.
   */
  get coveredSeq(): number {
    if (this.ended) return Number.POSITIVE_INFINITY
    const last = this.#waiting.at(-1)?.stored.record.through_seq ?? 0
    const before = this.#at + 1 < this.#waiting.length ? this.#waiting.at(-2)!.stored.record.through_seq : last
    return Math.min(last, before) - 1
  }
}

const together = (a: WaitingRecord["missing"], b: WaitingRecord["missing"]): WaitingRecord["missing"] => ({
  count: a.count + b.count,
  fromSeq: a.count > 0 ? a.fromSeq : b.fromSeq
})
