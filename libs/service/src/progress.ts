import { Effect, type Scope } from "effect"

/** A step of work that a person may be waiting for. */
export interface Progress {
  /** How much is done now, in the unit of the total. Cheap: it may be called for every batch. */
  readonly at: (done: number) => void
  /** The total is known better now. */
  readonly total: (total: number) => void
}

const silent: Progress = { at: () => {}, total: () => {} }

export interface ProgressOptions {
  /** What is done, as a short text before the bar: `Reading access.log`. */
  readonly what: string
  /** What is counted: `lines`, `MiB`. */
  readonly unit: string
  /** How much there is; 0 when it is not known, then only the count and the rate are shown. */
  readonly total: number
}

/**
 * Shows how far something is, how fast it goes and how long it takes, on stderr and only where that is a terminal. The bar is gone when
 * the scope closes, so that what is printed afterwards stands on a clean line.
 */
export const progress = (options: ProgressOptions): Effect.Effect<Progress, never, Scope.Scope> => {
  if (!process.stderr.isTTY) return Effect.succeed(silent)
  return Effect.acquireRelease(
    Effect.promise(async () => {
      const { default: bars } = await import("cli-progress")
      const known = options.total > 0
      const bar = new bars.SingleBar({
        stream: process.stderr,
        format: known
          ? "{what} {bar} {percentage} % · {value}/{total} {unit} · {rate}/s · {eta_formatted} left"
          : "{what} · {value} {unit} · {rate}/s",
        barsize: 24,
        barCompleteChar: "█",
        barIncompleteChar: "░",
        hideCursor: true,
        clearOnComplete: true,
        fps: 5,
        etaBuffer: 50,
        gracefulExit: false,
        formatValue: (value, _, type) => (type === "value" || type === "total" ? count(value) : String(value))
      })
      const startedMs = performance.now()
      bar.start(options.total, 0, { what: options.what, unit: options.unit, rate: "0" })
      const shown: Progress & { readonly stop: () => void } = {
        at: (done) => {
          const seconds = (performance.now() - startedMs) / 1000
          bar.update(done, { rate: count(seconds > 0 ? done / seconds : 0) })
        },
        total: (total) => bar.setTotal(total),
        stop: () => bar.stop()
      }
      return shown
    }),
    (bar) => Effect.sync(() => bar.stop())
  )
}

/** A count as people read it: `950`, `12.3 k`, `4.56 M`. */
export const count = (n: number): string =>
  n < 1000
    ? `${Math.round(n)}`
    : n < 1e6
      ? `${(n / 1e3).toFixed(1)} k`
      : n < 1e9
        ? `${(n / 1e6).toFixed(2)} M`
        : `${(n / 1e9).toFixed(2)} G`

/** So many of something, in words: `1 line`, `12.3 k lines`. */
export const counted = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`
