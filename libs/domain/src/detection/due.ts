import { limits } from "../limits.ts"
import type { DetectionSettings } from "../settings.ts"
import { windowStartOf } from "../time.ts"
import type { ClosedBy } from "../wire/record.ts"
import type { Sources } from "./watermark.ts"
import type { OpenWindows } from "./window.ts"

/** Open windows that are to be decided now. */
export interface Due {
  /** Those that begin before. */
  readonly beforeMs: number
  /** Nothing may come any more for windows that begin before; without it, before the end of the last one that is decided. */
  readonly throughMs: number | undefined
  readonly closedBy: ClosedBy
}

/** When windows are due: by the watermark, by silence, or because there are too many. Only says so, and moves nothing. */
export class DueWindows {
  readonly #windowMs: number
  readonly #sources: Sources
  readonly #windows: OpenWindows

  constructor({ windowMs }: DetectionSettings, sources: Sources, windows: OpenWindows) {
    this.#windowMs = windowMs
    this.#sources = sources
    this.#windows = windows
  }

  /** Behind a message that was stored at `storedMs`; Infinity for a file, which has no clock. */
  byWatermark(closedBy: ClosedBy, storedMs: number): Due | undefined {
    const watermark = this.#sources.at(0)
    if (watermark === Number.POSITIVE_INFINITY) {
      return this.#whereOpen(this.#begunBy(storedMs), undefined, closedBy === "punctuation" ? "punctuation" : "idle")
    }
    const throughMs = Math.min(windowStartOf(watermark, this.#windowMs), this.#begunBy(storedMs))
    return this.#whereOpen(throughMs, throughMs, closedBy)
  }

  /**
   * By the clock alone.
   *
   * @param silentMs for how long LOGS has had nothing new
   */
  bySilence(clockMs: number, silentMs: number): Due | undefined {
    const watermark = this.#sources.at(silentMs)
    const begunBy = this.#begunBy(clockMs)
    const beforeMs =
      watermark === Number.POSITIVE_INFINITY ? begunBy : Math.min(windowStartOf(watermark, this.#windowMs), begunBy)
    return this.#whereOpen(beforeMs, undefined, "idle")
  }

  /** Room is made by deciding the oldest window early. */
  byLimits(): Due | undefined {
    const { size, budget, oldestMs } = this.#windows
    if (size <= limits.openWindows && (budget.keys <= limits.keysOpen || size <= 1)) return undefined
    return this.#whereOpen(oldestMs + this.#windowMs, undefined, "limit")
  }

  /** What is decided moves only with a window that is decided: nothing that leaves no record may depend on it. */
  #whereOpen(beforeMs: number, throughMs: number | undefined, closedBy: ClosedBy): Due | undefined {
    return this.#windows.oldestMs < beforeMs ? { beforeMs, throughMs, closedBy } : undefined
  }

  /**
   * End of the newest window that has begun by a clock. No window is decided before: one source ahead of the clock, while the others are
   * silent, would make all that they send for minutes late.
   */
  #begunBy(clockMs: number): number {
    return clockMs === Number.POSITIVE_INFINITY ? clockMs : windowStartOf(clockMs, this.#windowMs) + this.#windowMs
  }
}
