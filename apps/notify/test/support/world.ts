import { type Act, encodeIncident, incidentSubject } from "@chaussettes/domain"
import {
  type ActsLog,
  applyTopology,
  Connection,
  type ConnectionSettings,
  IncidentsLog,
  layerActsLog,
  layerIncidentsLog,
  layerNotifyPositions,
  layerWindowsLog,
  NotifyPositions,
  sayAct,
  WindowsLog
} from "@chaussettes/jetstream"
import { type RunningServer, startServer } from "@chaussettes/jetstream/testing"
import { Effect, Layer } from "effect"
import { eventIn, type Happened, recordOf } from "./events.ts"

/* The detector's part, played by hand on a server. */

type Ports = WindowsLog | IncidentsLog | ActsLog | NotifyPositions

/** A window as the detector writes it: the record, then what became of incidents. */
export const writeWindow = Effect.fn("writeWindow")(function* (n: number, happened: ReadonlyArray<Happened>) {
  const [windows, incidents] = [yield* WindowsLog, yield* IncidentsLog]
  const record = { subject: "windows.decided", data: JSON.stringify(recordOf(n)), epoch: 1 }
  yield* windows.append([record], yield* windows.lastSeq)
  const events = happened.map((one) => eventIn(n, one))
  const entries = events.map((event) => ({ subject: incidentSubject(event), data: encodeIncident(event), epoch: 1 }))
  if (entries.length > 0) yield* incidents.append(entries, yield* incidents.lastSeq)
})

export interface World {
  readonly server: RunningServer
  /** Windows from the first to the last, each with what became of incidents in it. */
  readonly windows: (
    windows: ReadonlyArray<readonly [n: number, ...happened: ReadonlyArray<Happened>]>
  ) => Promise<void>
  readonly act: (act: Act) => Promise<void>
  readonly position: (key: string) => Promise<string | undefined>
  readonly run: <A, E>(effect: Effect.Effect<A, E, Ports | Connection>) => Promise<A>
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
  const ports = Layer.mergeAll(layerWindowsLog, layerIncidentsLog, layerActsLog, layerNotifyPositions).pipe(
    Layer.provideMerge(Connection.layer(settings))
  )
  const run: World["run"] = (effect) => Effect.runPromise(Effect.provide(effect, ports))
  return {
    run,
    windows: (windows) =>
      run(Effect.forEach(windows, ([n, ...happened]) => writeWindow(n, happened), { discard: true })),
    act: (act) => run(Effect.asVoid(sayAct(act))),
    position: (key) => run(Effect.flatMap(NotifyPositions, ({ read }) => read(key)))
  }
}
