import type { OpenWindow } from "../detection/window.ts"
import type { WindowWatcher } from "../detection/window-watcher.ts"
import { IncidentDetector } from "./detector.ts"
import type { IncidentEvent } from "./event.ts"
import { IncidentLearner } from "./learner.ts"
import type { IncidentModel } from "./model.ts"
import type { WindowPanes } from "./panes.ts"
import { KeyTexts, panesOf } from "./window-panes.ts"

/** Incidents of a detection's windows: by a learnt model, or by what the windows before have taught. */
export class IncidentWatcher implements WindowWatcher {
  opened = 0
  readonly #judge: (panes: WindowPanes) => ReadonlyArray<IncidentEvent>
  readonly #learner: IncidentLearner | undefined
  readonly #texts = new KeyTexts()
  #events: Array<IncidentEvent> = []

  /** @param model where there is one, it alone judges, and nothing is learnt */
  constructor(windowMs: number, budgetWeekly: number, model?: IncidentModel) {
    if (model === undefined) {
      const learner = new IncidentLearner(windowMs, budgetWeekly)
      this.#learner = learner
      this.#judge = (panes) => learner.window(panes)
    } else {
      const detector = new IncidentDetector(model)
      this.#judge = (panes) => {
        detector.window(panes)
        return detector.take()
      }
    }
  }

  decided(window: OpenWindow): void {
    for (const event of this.#judge(panesOf(window, window.failures!, this.#texts))) {
      if (event.type === "opened") this.opened++
      this.#events.push(event)
    }
  }

  /** What was decided since the last call. */
  take(): ReadonlyArray<IncidentEvent> {
    const events = this.#events
    this.#events = []
    return events
  }

  /** What was learnt by now; undefined where a model was given. */
  model(): IncidentModel | undefined {
    return this.#learner?.model()
  }
}
