import { parseSpanMs } from "./values.ts"

/** What is to be added to the times of sources whose clocks or zones are wrong. */
export interface SourceOffsets {
  readonly fixed: { readonly [source: string]: number }
  /** Those whose offset the detector measures. */
  readonly auto: ReadonlyArray<string>
}

/** Reads `web1=-2h`, `web2=auto`, each text holding several with commas between them; undefined where one is none of these. */
export const parseSourceOffsets = (texts: ReadonlyArray<string>): SourceOffsets | undefined => {
  const fixed: { [source: string]: number } = {}
  const auto = new Set<string>()
  for (const part of texts.flatMap((text) => text.split(","))) {
    const [, source, sign, amount] = /^\s*(.+)=([+-]?)(.+?)\s*$/.exec(part) ?? []
    if (source === undefined || amount === undefined) return undefined
    if (amount === "auto" && sign === "") {
      auto.add(source)
      continue
    }
    const ms = parseSpanMs(amount)
    if (ms === undefined) return undefined
    // The last word on a source counts, as for any flag.
    auto.delete(source)
    fixed[source] = sign === "-" ? -ms : ms
  }
  return { fixed, auto: [...auto] }
}
