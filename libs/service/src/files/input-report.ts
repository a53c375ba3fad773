import {
  headlineOf,
  type InputWords,
  isFailure,
  type LineOutcomes,
  type Usability,
  usabilityOf
} from "@chaussettes/domain"

const names: { readonly [tag in Usability["_tag"]]: string } = {
  Fine: "fine",
  Empty: "empty",
  SomeUnjudged: "some_unjudged",
  MostUnjudged: "most_unjudged",
  NothingUsable: "nothing_usable"
}

/** As `--json` prints them. */
export interface InputFacts {
  readonly usability: string
  readonly headline: string | null
}

/** What a command says of its input before all else. */
export interface InputReport {
  readonly json: InputFacts
  /** A line for stderr, or nothing. */
  readonly text: string
  /** Little or nothing was usable: the command ends with exit code 1 (see `spoilExitCode`). */
  readonly isFailure: boolean
}

export const inputReport = (outcomes: LineOutcomes, words: InputWords): InputReport => {
  const usability = usabilityOf(outcomes)
  const headline = headlineOf(usability, words)
  return {
    json: { usability: names[usability._tag], headline: headline ?? null },
    text: headline === undefined ? "" : `${headline}\n`,
    isFailure: isFailure(usability)
  }
}
