import { existsSync } from "node:fs"
import { startCluster } from "@chaussettes/jetstream/testing"
import { Observer } from "../observer.ts"
import { freezeDetector, killDetectors } from "../phases.ts"
import { start } from "../processes.ts"
import { shipping } from "../senders.ts"
import { playPhases, type Stage } from "../stage.ts"
import type { ClusterTrial, Phase } from "../trial.ts"
import { damageFile, losePower } from "./disk.ts"
import { cutOneWay, isolateLeader, killLeaders, loseTwo, slowServer, upgradeAll } from "./phases.ts"

const phases: ReadonlyArray<readonly [name: string, share: number, phase: Phase<ClusterTrial>]> = [
  ["servers and detectors are upgraded", 0.15, upgradeAll],
  ["detectors are killed", 0.1, killDetectors],
  ["the servers that lead are killed", 0.1, killLeaders],
  ["a leader is cut off from both others", 0.1, isolateLeader],
  ["one server does not hear another", 0.1, cutOneWay],
  ["two of three servers are gone, and come back", 0.1, loseTwo],
  ["the power of one server is cut", 0.1, losePower],
  ["a file of one server is damaged", 0.05, damageFile],
  ["a server that stands still half of the time, and a detector whose clock is off", 0.1, slowServer],
  ["a frozen detector", 0.1, freezeDetector]
]

/** Parts that run beside the detectors; none may end by itself. */
const beside: ReadonlyArray<ReadonlyArray<string>> = [
  ["thresholds", "--every", "1h", "--dry-run"],
  ["notify", "--webhook", "http://127.0.0.1:9/"],
  ["notify", "--webhook", "http://127.0.0.1:9/"]
]

/** Three servers that reach each other through proxies; with the parts that a site runs, `ship` for what sends. */
export const onCluster = async (program: string): Promise<Stage> => {
  // A route that nothing comes through must be found out within the trial, not within minutes.
  const config = `ping_interval: "2s"\nping_max: 2`
  // The oldest server that is supported, where it is there: the first phase upgrades it.
  const least = process.env.NATS_SERVER_LEAST ?? ""
  const cluster = await startCluster({ proxied: true, config, firstProgram: existsSync(least) ? least : undefined })
  const url = cluster.urls.join()
  const observer = new Observer(cluster.urls)
  return {
    server: { url },
    observer,
    init: ["--replicas", "3"],
    lease: "1s",
    sender: (file) => shipping(program, url, file),
    play: async (trial) => {
      const parts = beside.map((args) => ({ name: args[0], part: start(program, [...args, "--server", url]) }))
      await playPhases(phases, { ...trial, cluster })
      const gone = parts.filter(({ part }) => part.hasEnded())
      trial.report.check("thresholds and both notifiers waited through all of it", gone.length === 0, () =>
        gone.map(({ name, part }) => `${name}: ${part.words()}`).join("\n")
      )
      for (const { part } of parts) part.child.kill("SIGTERM")
      await Promise.all(parts.map(({ part }) => part.ended))
    },
    stop: async () => {
      await observer.close()
      await cluster.stop()
    }
  }
}
