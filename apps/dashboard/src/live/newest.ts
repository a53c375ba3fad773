import { type Alert, orderOf, type WindowRecord } from "@chaussettes/domain"
import type { StoredAlert } from "@chaussettes/jetstream"

/** Alerts kept in memory, newest last; older ones are read from ALERTS when they are asked for. */
export const tailAlerts = 10_000
/** Records kept whole, revisions among them: an hour of 10-s windows, and of shorter ones as many. */
const tailRecords = 360
const tailMs = 3_600_000

/** The newest alerts, in their order, and the newest records. */
export class Newest {
  readonly #alerts: Array<StoredAlert> = []
  readonly #records: Array<WindowRecord> = []

  get alerts(): ReadonlyArray<StoredAlert> {
    return this.#alerts
  }

  get records(): ReadonlyArray<WindowRecord> {
    return this.#records
  }

  get lastAlertSeq(): number {
    return this.#alerts[this.#alerts.length - 1]?.seq ?? 0
  }

  pushAlert(seq: number, alert: Alert): void {
    this.#alerts.push({ seq, alert })
    // By a half at a time, for taking from an array's front is dear.
    if (this.#alerts.length > tailAlerts * 1.5) this.#alerts.splice(0, this.#alerts.length - tailAlerts)
  }

  pushRecord(record: WindowRecord): void {
    this.#records.push(record)
    if (this.#records.length <= tailRecords) return
    const endMs = orderOf(record).endMs - tailMs
    const old = this.#records.findIndex((r) => orderOf(r).endMs > endMs)
    const most = this.#records.length - tailRecords * 10
    this.#records.splice(0, Math.max(old, most))
  }

  /** The newest record of the window that starts then. */
  newestOf(start: string): WindowRecord | undefined {
    return this.#records.findLast((record) => record.start === start)
  }

  clearRecords(): void {
    this.#records.length = 0
  }

  clearAlerts(): void {
    this.#alerts.length = 0
  }
}
