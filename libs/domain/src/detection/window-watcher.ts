import type { RecordIncidents } from "../wire/record.ts"
import type { OpenWindow } from "./window.ts"

/** Is told each window when it has been decided, in the order of the windows; of a file no line comes for it any more. */
export interface WindowWatcher {
  /** What the record of the next window names as what it is judged by. */
  readonly judging?: RecordIncidents
  /** @param by what the window's record names */
  decided(window: OpenWindow, by?: RecordIncidents): void
  /** A window was decided whose lines are gone. */
  lost?(): void
}
