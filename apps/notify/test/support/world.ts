import {
  type Alert,
  alertOf,
  alertSubject,
  type Dimension,
  defaultSettings,
  dimensionOf,
  parseRfc3339,
  recordSchema,
  rfc3339,
  rulesOf,
  type WindowRecord
} from "@chaussettes/domain"
import {
  AlertsLog,
  applyTopology,
  Connection,
  type ConnectionSettings,
  layerAlertsLog,
  layerNotifyPositions,
  layerWindowsLog,
  NotifyPositions,
  WindowsLog
} from "@chaussettes/jetstream"
import { type RunningServer, startServer } from "@chaussettes/jetstream/testing"
import { Effect, Layer } from "effect"

/** The detector's part, played by hand: windows of ten seconds with the alerts that a test wants. */

const windowMs = 10_000
const firstMs = parseRfc3339("2026-01-05T10:00:00Z")!

/** Who failed in a window: dimension and key, and how many of a hundred requests. */
export type Failing = readonly [dimension: Dimension, key: string, errors: number]

const encoder = new TextEncoder()

/** The alert of a key in the window `n`. */
export const alertIn = (n: number, [dimension, key, errors]: Failing): Alert =>
  alertOf({
    dimension,
    ...(dimension === "global" ? {} : { key: encoder.encode(key) }),
    startMs: firstMs + n * windowMs,
    windowMs,
    total: 100,
    errors,
    threshold: 0.1,
    revision: 1,
    lines: { first_seq: 1, last_seq: 1 },
    language: "en"
  })

export const endOf = (n: number): string => rfc3339(firstMs + (n + 1) * windowMs)

export const recordOf = (n: number, alerts: ReadonlyArray<Alert>): WindowRecord => {
  const count = (dimension: Dimension) => alerts.filter((alert) => dimensionOf(alert.type) === dimension).length
  const inForce = (value: number) => ({ value, revision: 1 })
  return {
    schema: recordSchema,
    start: rfc3339(firstMs + n * windowMs),
    end: endOf(n),
    through_seq: n + 1,
    resume_seq: n + 1,
    decided_through: endOf(n),
    closed_by: "watermark",
    total: 100,
    errors: 50,
    keys: { ip: 1, url: 1 },
    seuils: { global: inForce(0.1), ip: inForce(0.3), url: inForce(0.5) },
    rules: rulesOf(defaultSettings),
    breaches: { global: count("global"), ip: count("ip"), url: count("url") },
    suppressed: 0,
    since_last: { late: 0, rejected: {}, gap: 0, late_by_source: {} },
    top: { ip: [], url: [] }
  }
}

export interface World {
  readonly server: RunningServer
  /** Windows from the first to the last, each with its alerts; the record and then the alerts, as the detector writes them. */
  readonly windows: (windows: ReadonlyArray<readonly [n: number, ...failing: ReadonlyArray<Failing>]>) => Promise<void>
  /** A record alone, whose alerts come later or never. */
  readonly record: (n: number, failing: ReadonlyArray<Failing>) => Promise<void>
  readonly alerts: (n: number, failing: ReadonlyArray<Failing>) => Promise<void>
  readonly position: (key: string) => Promise<string | undefined>
  readonly run: <A, E>(effect: Effect.Effect<A, E, WindowsLog | AlertsLog | NotifyPositions | Connection>) => Promise<A>
  readonly stop: () => Promise<void>
}

export const startWorld = async (): Promise<World> => {
  const server = await startServer()
  const world = worldOn({ servers: [server.url], name: "test" })
  await world.run(applyTopology())
  return { ...world, server, stop: () => server.stop() }
}

/** The same on a server that is there already, with its streams. */
export const worldOn = (settings: ConnectionSettings): Omit<World, "server" | "stop"> => {
  const ports = Layer.mergeAll(layerWindowsLog, layerAlertsLog, layerNotifyPositions).pipe(
    Layer.provideMerge(Connection.layer(settings))
  )
  const run: World["run"] = (effect) => Effect.runPromise(Effect.provide(effect, ports))
  const record = (n: number, alerts: ReadonlyArray<Alert>) =>
    Effect.gen(function* () {
      const log = yield* WindowsLog
      const entry = { subject: "windows.decided", data: JSON.stringify(recordOf(n, alerts)), epoch: 1 }
      yield* log.append([entry], yield* log.lastSeq)
    })
  const raise = (alerts: ReadonlyArray<Alert>) =>
    Effect.gen(function* () {
      const log = yield* AlertsLog
      const entries = alerts.map((alert) => ({ subject: alertSubject(alert), data: JSON.stringify(alert), epoch: 1 }))
      yield* log.append(entries, yield* log.lastSeq)
    })
  return {
    run,
    record: (n, failing) =>
      run(
        record(
          n,
          failing.map((one) => alertIn(n, one))
        )
      ),
    alerts: (n, failing) => run(raise(failing.map((one) => alertIn(n, one)))),
    windows: (windows) =>
      run(
        Effect.forEach(
          windows,
          ([n, ...failing]) => {
            const alerts = failing.map((one) => alertIn(n, one))
            return Effect.andThen(record(n, alerts), raise(alerts))
          },
          { discard: true }
        )
      ),
    position: (key) => run(Effect.flatMap(NotifyPositions, ({ read }) => read(key)))
  }
}
