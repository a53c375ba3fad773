/** What an error rate is taken over: all lines, one client address, one URL. */
export type Dimension = "global" | "ip" | "url"
/** The dimensions that have keys. */
export type KeyDimension = "ip" | "url"

export const dimensions: ReadonlyArray<Dimension> = ["global", "ip", "url"]

/** One value for each dimension. */
export interface PerDimension<A> {
  readonly global: A
  readonly ip: A
  readonly url: A
}

export const mapDimensions = <A>(of: (dimension: Dimension) => A): PerDimension<A> => ({
  global: of("global"),
  ip: of("ip"),
  url: of("url")
})
