import type { EvidenceThreshold } from "./evidence-threshold.ts"
import { type AnyFamily, budgetShares, leastLevel, spentShare, theoryOf } from "./model.ts"

/** Peaks are counted by their logarithm: evidence of a scan may be a thousand times that of chance. */
const bins = 1_024
const binsAnE = 80
const weekMs = 7 * 86_400_000
const dayMs = 86_400_000

const edgeOf = (bin: number): number => Math.exp(bin / binsAnE)

/** Peaks that no threshold is built on: so many incidents a day that nobody told us of may be in the history. */
const incidentsADay = 1
const leastCut = 2
/** The tail is read off so many peaks below the cut. */
const tailPeaks = 60
/** With fewer it is left to theory. */
const leastTail = 5
/** Theory counts as so many peaks. */
const priorPeaks = 10
/** Only a tail that falls much slower than chance does (by e for each nat) is taken for one of powers. */
const heaviest = 1 / 2
const mostSpike = 200

/** The first hours of a site say nothing about how restless it is: theory is then taken times this, and less so by the day. */
const firstCaution = 1.5
const cautionDays = 0.5

/**
 * How strong the evidence of one family gets while nothing is wrong: the peaks of its excursions, each judged by a model that had not seen them.
 * Older peaks fade, because models were poorer then and sites change.
 */
export class Peaks {
  readonly #counts = new Float64Array(bins)
  #ms = 0

  add(peak: number): void {
    if (peak < 1) return
    this.#counts[Math.min(bins - 1, Math.floor(binsAnE * Math.log(peak)))]! += 1
  }

  /** So much more time was watched. */
  watched(ms: number): void {
    this.#ms += ms
  }

  fade(by: number): void {
    for (let i = 0; i < bins; i++) this.#counts[i]! *= by
    this.#ms *= by
  }

  /**
   * The strength that the budget's share of false incidents a week reaches. The tail of the peaks is exponential where only chance makes them, never
   * steeper than theory allows (e^-h), and falls by a power where the site has small incidents all the time (scanners, restarts). Which it is, and
   * how steep, is read off the peaks below a cut, because those above it may be incidents of the history (a censored likelihood).
   *
   * @param most what is so strong has to be told, however restless the site
   */
  threshold(family: AnyFamily, budgetWeekly: number, most = Number.POSITIVE_INFINITY): EvidenceThreshold {
    const weeks = this.#ms / weekMs
    const budget = budgetWeekly * spentShare * budgetShares[family]
    const above = new Float64Array(bins + 1)
    for (let i = bins - 1; i >= 0; i--) above[i] = above[i + 1]! + this.#counts[i]!
    const theory = theoryOf(family, budgetWeekly, weeks > 0 ? above[0]! / weeks : undefined)
    const cautious = theory.strength * (1 + firstCaution * Math.exp(-this.#ms / dayMs / cautionDays))
    const cutAt = Math.max(leastCut, incidentsADay * 7 * weeks)
    let high = bins
    while (high > 0 && above[high]! < cutAt) high--
    let low = Math.max(0, high - 1)
    while (low > 0 && above[low]! < cutAt + tailPeaks) low--
    // The tail begins where peaks do.
    while (low < high - 1 && this.#counts[low] === 0) low++
    const below = above[low]! - above[high]!
    const tail = weeks < 1 / 28 || below < leastTail ? undefined : this.#tail(low, high, above[high]!, below)
    // What floods a site is seen in no few of its own peaks: half of what has to be told is needed at least.
    const least = family === "traffic.spike" ? Math.max(theory.strength, Math.min(most / 2, mostSpike)) : leastLevel
    if (tail === undefined) return { ...theory, strength: Math.min(most, Math.max(least, cautious)), weeks }
    const at = edgeOf(high)
    const beyond = Math.log(Math.max(1, above[high]! / weeks / budget))
    const wanted = tail.isHeavy ? at * Math.exp(beyond / tail.slope) : at + beyond / tail.slope
    // One of traffic has few excursions: what they do not show is left to theory.
    const leastDrop = family === "traffic.drop" ? theory.strength : 0
    const strength = Math.min(most, Math.max(least, leastDrop, wanted, cautious - theory.strength + leastLevel))
    const over = tail.isHeavy ? tail.slope * Math.log(strength / at) : tail.slope * (strength - at)
    return {
      strength,
      weekly: strength >= wanted ? budget : (above[high]! / weeks) * Math.exp(-over),
      weeks,
      slope: tail.isHeavy ? tail.slope / strength : tail.slope,
      conservative: strength > 2 * theory.strength
    }
  }

  /** Slope of the peaks' tail: in their strength, or in its logarithm where that is likelier. */
  #tail(low: number, high: number, beyond: number, below: number): { isHeavy: boolean; slope: number } {
    const [from, to] = [edgeOf(low), edgeOf(high)]
    let sum = beyond * (to - from)
    let logs = beyond * Math.log(to / from)
    let density = 0
    for (let i = low; i < high; i++) {
      const peak = edgeOf(i + 0.5)
      sum += this.#counts[i]! * (peak - from)
      logs += this.#counts[i]! * Math.log(peak / from)
      density += this.#counts[i]! * Math.log(peak)
    }
    const exponential = below * Math.log(below / sum)
    const power = below * Math.log(below / logs) - density
    const index = below / logs
    if (power > exponential && index < heaviest * from) return { isHeavy: true, slope: index }
    return { isHeavy: false, slope: Math.min(1, (below + priorPeaks) / (sum + priorPeaks)) }
  }
}
