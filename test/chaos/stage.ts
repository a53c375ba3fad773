import type { Observer } from "./observer.ts"
import type { Sender } from "./senders.ts"
import type { Phase, Trial } from "./trial.ts"

/** The servers that a trial plays on, and what happens to them. */
export interface Stage {
  readonly server: { readonly url: string }
  readonly observer: Observer
  /** Further arguments of `init`. */
  readonly init: ReadonlyArray<string>
  /** The lease of the detectors. */
  readonly lease: string
  /** What carries the lines; `file` may be written for it. */
  readonly sender: (file: string) => Promise<Sender>
  readonly play: (trial: Trial) => Promise<void>
  readonly stop: () => Promise<void>
}

/** One phase after the other, each with its share of the file. */
export const playPhases = async <T extends Trial>(
  phases: ReadonlyArray<readonly [name: string, share: number, phase: Phase<T>]>,
  trial: T
): Promise<void> => {
  let share = 0
  for (const [name, part, phase] of phases) {
    trial.report.say(name)
    await phase(trial, share, share + part)
    share += part
  }
}
