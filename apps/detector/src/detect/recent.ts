import type { Tally } from "@chaussettes/domain"
import { wordsOf } from "@chaussettes/presentation"
import { noVerdictOf, type SourceOffClock } from "@chaussettes/readmodel"

const w = wordsOf("en")

/** The sources of a tally whose clocks are off. */
const offClockOf = ({ sources }: Tally): ReadonlyArray<SourceOffClock> =>
  sources.flatMap(({ name, offset_ms, clock }) => (clock === null ? [] : [{ name, offsetMs: offset_ms, clock }]))

/** Says of the recent lines what is the matter with them: once, when it becomes something else, and when it is over. */
export const recentWords = () => {
  let said: { readonly sources: ReadonlyMap<string, string>; readonly noVerdict: string | undefined } = {
    sources: new Map(),
    noVerdict: undefined
  }
  return (tally: Tally): ReadonlyArray<string> => {
    const off = offClockOf(tally)
    const noVerdict = noVerdictOf({ total: tally.total, spanMs: tally.span_ms }, off)
    // By its kind: the numbers change all the time.
    const now = { sources: new Map(off.map(({ name, clock }) => [name, clock.kind])), noVerdict: noVerdict?.how }
    const lines = [
      ...off
        .filter(({ name, clock }) => said.sources.get(name) !== clock.kind)
        .map((source) => `${w.offClock(source)} ${w.offClockRemedy(source)}`),
      ...[...said.sources.keys()]
        .filter((name) => !now.sources.has(name) && tally.sources.some((source) => source.name === name))
        .map((name) => w.onTheClock(name)),
      ...(noVerdict !== undefined && noVerdict.how !== said.noVerdict ? [w.noVerdict(noVerdict)] : []),
      ...(noVerdict === undefined && said.noVerdict !== undefined ? [w.verdictsAgain] : [])
    ]
    said = now
    return lines
  }
}
