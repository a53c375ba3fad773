/** Whose fault an error is by its status: 4xx the client's, 5xx the server's. */
export type ErrorClass = "client" | "server"
export const errorClasses: ReadonlyArray<ErrorClass> = ["client", "server"]
/** The place of a class in counts: 0 for 4xx, 1 for 5xx. */
export type ClassIndex = 0 | 1
export const classIndexes: ReadonlyArray<ClassIndex> = [0, 1]
export const classOfStatus = (status: number): ClassIndex => (status >= 500 ? 1 : 0)

/** The dimensions whose keys can be a cause. A network is a prefix of client addresses. */
export type CauseDimension = "global" | "network" | "url" | "ip"
export type KeyedCause = Exclude<CauseDimension, "global">
export const causeDimensions = ["global", "network", "url", "ip"] as const satisfies ReadonlyArray<CauseDimension>
export const keyedCauses: ReadonlyArray<KeyedCause> = ["network", "url", "ip"]

/** The keys of one dimension in one window, by their places. */
export interface KeyPanes {
  readonly count: number
  requests(i: number): number
  /** Errors of both classes. */
  errors(i: number): number
  errorsOf(i: number, errorClass: ClassIndex): number
  /** The same for the same key in all windows of a run; another key may share it. */
  hash(i: number): number
  text(i: number): string
  /** Whether this is its text; cheaper than to ask for it. */
  is(i: number, text: string): boolean
}

/** Errors that share client, URL and status. `url` is empty where the request has none. */
export interface JointError {
  readonly client: string
  readonly url: string
  readonly status: number
  readonly errors: number
}

/** Request times of one window, by the bins of `latency/time-bins.ts`. */
export interface TimePanes {
  /** Requests whose time is known. */
  readonly requests: number
  readonly site: ArrayLike<number>
  /** URLs that times are kept for: the first ones of the window's panes. */
  readonly count: number
  /** The bins of the first URL, of the second, and so on. */
  readonly urls: ArrayLike<number>
  /** About how many clients asked for a URL, by its place. */
  clients(url: number): number
}

/** What one window gives the incidents: counts by key and class, and how its errors fall together. */
export interface WindowPanes {
  readonly startMs: number
  readonly endMs: number
  readonly requests: number
  /** Errors by class: 4xx, 5xx. Where both are 0, no key has failed. */
  readonly errors: readonly [client: number, server: number]
  readonly ip: KeyPanes
  readonly url: KeyPanes
  /** Present where lines may say how long requests took. */
  readonly times?: TimePanes
  /** The most frequent combinations, no more than `most`, in an order that follows from the lines alone. */
  joint(most: number): ReadonlyArray<JointError>
}
