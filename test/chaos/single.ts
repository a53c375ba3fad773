import { startProxy, startServer } from "@chaussettes/jetstream/testing"
import { Observer } from "./observer.ts"
import { disturbNetwork, freezeDetector, killDetectors, killServer, twoDetectors } from "./phases.ts"
import { replaying } from "./senders.ts"
import { playPhases, type Stage } from "./stage.ts"
import type { Phase, SingleTrial } from "./trial.ts"

/** The parts of the trial, and how much of the file is replayed during each. */
const phases: ReadonlyArray<readonly [name: string, share: number, phase: Phase<SingleTrial>]> = [
  ["detectors are killed", 0.5, killDetectors],
  ["the server is killed", 0.2, killServer],
  ["two detectors", 0.1, twoDetectors],
  ["a frozen detector", 0.1, freezeDetector],
  ["a bad network", 0.1, disturbNetwork]
]

/** A server by itself. */
export const onServer = async (program: string): Promise<Stage> => {
  const server = await startServer()
  const proxy = await startProxy(server.port)
  const observer = new Observer([server.url])
  return {
    server,
    observer,
    init: [],
    lease: "300ms",
    sender: async () => replaying(program, server.url),
    play: (trial) => playPhases(phases, { ...trial, server, proxy }),
    stop: async () => {
      await observer.close()
      await proxy.close()
      await server.stop()
    }
  }
}
