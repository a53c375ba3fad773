/** A request time as people read it: `0.4 s`, `1.9 s`, `35 ms`. */
export const seconds = (us: number): string => {
  if (us < 100_000) return `${Number((us / 1_000).toPrecision(2))} ms`
  const digits = us < 10_000_000 ? 2 : 3
  return `${Number((us / 1_000_000).toPrecision(digits))} s`
}
