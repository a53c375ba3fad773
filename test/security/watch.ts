import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"

/** What a part may be silent, and a decision late, while somebody attacks. */
export const mostSilentMs = 5_000
export const mostLateMs = 2_000

const residentMib = (pid: number): number => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

export interface Seen {
  /** The longest time for which the detector did not say that it can do its work. */
  readonly silentMs: number
  /** By how much the latest decision came after the end of its window. */
  readonly latestDecisionMs: number
  readonly decisions: number
  readonly mostResidentMib: number
}

/** Watches the detector, its decisions and the server's memory, as the operator, until it is stopped. */
export const watch = (operator: NatsConnection, serverPid: number) => {
  let watching = true
  let [silentMs, mostResidentMib] = [0, 0]
  const asking = (async () => {
    let answeredMs = performance.now()
    while (watching) {
      const ready = await operator.request("chaussettes.detector.ready", "", { timeout: 1_000 }).catch(() => undefined)
      const isReady = ready !== undefined && !/"ready":\s*false/.test(ready.string())
      silentMs = Math.max(silentMs, performance.now() - answeredMs)
      if (isReady) answeredMs = performance.now()
      mostResidentMib = Math.max(mostResidentMib, residentMib(serverPid))
      await delay(100)
    }
  })()
  const begun = (async () => {
    const jsm = await jetstreamManager(operator, { checkAPI: false })
    return { jsm, lastSeq: (await jsm.streams.info("WINDOWS")).state.last_seq }
  })()
  return async (): Promise<Seen> => {
    watching = false
    await asking
    const { jsm, lastSeq } = await begun
    const { state } = await jsm.streams.info("WINDOWS")
    let [latestDecisionMs, decisions] = [0, 0]
    for (let seq = lastSeq + 1; seq <= state.last_seq; seq++) {
      const stored = (await jsm.direct.getMessage("WINDOWS", { seq }))!
      const { end } = stored.json<{ end: string }>()
      latestDecisionMs = Math.max(latestDecisionMs, stored.time.getTime() - Date.parse(end))
      decisions++
    }
    return { silentMs, latestDecisionMs, decisions, mostResidentMib }
  }
}

/** The bytes of all files in a folder. */
export const folderBytes = (folder: string): number =>
  readdirSync(folder).reduce((bytes, name) => bytes + statSync(join(folder, name)).size, 0)
