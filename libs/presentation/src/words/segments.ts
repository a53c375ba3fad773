import type { CauseDimension, Dimension } from "@chaussettes/domain"

/** A piece of a sentence that the page shows in its own way: a time (in the viewer's zone), a key (set off, and inert). */
export type Segment =
  | string
  | { readonly time: number }
  | { readonly key: string; readonly dimension: Dimension | CauseDimension }

export type Sentence = ReadonlyArray<Segment>

/** The sentence as plain text, for the terminal and for what is read aloud. */
export const plain = (sentence: Sentence, timeText: (ms: number) => string, keyText: (key: string) => string): string =>
  sentence.map((s) => (typeof s === "string" ? s : "time" in s ? timeText(s.time) : keyText(s.key))).join("")
