/** What was learnt of one family's evidence while nothing was wrong. */
export interface EvidenceThreshold {
  /** An incident needs evidence of this strength. */
  readonly strength: number
  /** Excursions a week that reach it, expected. */
  readonly weekly: number
  /** What stands behind it: theory alone, or the peaks of so many weeks. */
  readonly weeks: number
  /** Slope of the tail; 1 where the evidence is as the theory says, less where the site wanders. */
  readonly slope: number
  /** History itself is restless: incidents as large as its usual ones are not told. */
  readonly conservative: boolean
  /** Where an outage shows less than `strength`: what is enough of one that goes on, and how often a week that is reached. */
  readonly outage?: { readonly strength: number; readonly weekly: number }
}
