import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect, type NatsConnection } from "@nats-io/transport-node"

/** What a part may be silent, and a decision late, while somebody attacks. */
export const mostSilentMs = 5_000
export const mostLateMs = 2_000

/** The operator, by the context in a file: comes back for as long as the server is attacked or starts again. */
export const asOperator = (context: string): Promise<NatsConnection> => {
  const { url, user, password } = JSON.parse(readFileSync(context, "utf8")) as { readonly [field: string]: string }
  return connect({
    servers: url!,
    user: user!,
    pass: password!,
    inboxPrefix: "_INBOX_operator",
    maxReconnectAttempts: -1
  })
}

/** The port of the server that a context names. */
export const portOf = (context: string): number =>
  Number(new URL((JSON.parse(readFileSync(context, "utf8")) as { readonly url: string }).url).port)

/** What cannot be taken back from a process: its program's own pages and those of its files can. */
const residentMib = (pid: number): number => {
  try {
    return Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** The parts that say whether they can do their work. */
export const watchedParts = ["detector", "thresholds", "dashboard"] as const
type WatchedPart = (typeof watchedParts)[number] | "notify"

/** Whether a part says that it can do its work. */
export const isReady = async (operator: NatsConnection, part: WatchedPart): Promise<boolean> => {
  const answer = await operator.request(`chaussettes.${part}.ready`, "", { timeout: 1_000 }).catch(() => undefined)
  return answer?.json<{ readonly ready: boolean }>().ready === true
}

export interface Seen {
  /** The longest time for which a part did not say that it can do its work, and which part that was. */
  readonly silent: { readonly part: string; readonly ms: number }
  /** By how much the latest decision came after the end of its window. */
  readonly latestDecisionMs: number
  readonly decisions: number
  /** Of the server that holds the streams; 0 where its process cannot be seen. */
  readonly mostResidentMib: number
}

/** What a stream holds: put again, as the parts do, where an attack made the server drop the question. */
const stateOf = async (operator: NatsConnection, stream: string) => {
  const jsm = await jetstreamManager(operator, { checkAPI: false, timeout: 1_000 })
  for (let question = 1; ; question++) {
    try {
      return (await jsm.streams.info(stream)).state
    } catch (error) {
      if (question === 15) throw error
    }
  }
}

/** Watches the parts (notify where it runs), the detector's decisions and the server's memory, as the operator, until it is stopped. */
export const watch = (operator: NatsConnection, options: { readonly serverPid?: number }) => {
  let watching = true
  let mostResidentMib = 0
  const ask = async (part: WatchedPart) => {
    let [readyMs, ms] = [performance.now(), 0]
    while (watching) {
      const ready = await isReady(operator, part)
      ms = Math.max(ms, performance.now() - readyMs)
      if (ready) readyMs = performance.now()
      if (options.serverPid !== undefined) mostResidentMib = Math.max(mostResidentMib, residentMib(options.serverPid))
      await delay(100)
    }
    return { part, ms }
  }
  const nowhere = { part: "notify", ms: 0 }
  const asking = [
    ...watchedParts.map(ask),
    isReady(operator, "notify").then((runs) => (runs ? ask("notify") : nowhere))
  ]
  const begun = stateOf(operator, "WINDOWS")
  return async (): Promise<Seen> => {
    watching = false
    const silences = await Promise.all(asking)
    const before = await begun
    const { last_seq } = await stateOf(operator, "WINDOWS")
    const jsm = await jetstreamManager(operator, { checkAPI: false })
    let [latestDecisionMs, decisions] = [0, 0]
    for (let seq = before.last_seq + 1; seq <= last_seq; seq++) {
      const stored = (await jsm.direct.getMessage("WINDOWS", { seq }))!
      const { end, schema } = stored.json<{ readonly end: string; readonly schema: string }>()
      // A revision is of a window that was decided before.
      if (!schema.startsWith("chaussettes.window.")) continue
      latestDecisionMs = Math.max(latestDecisionMs, stored.time.getTime() - Date.parse(end))
      decisions++
    }
    const silent = silences.reduce((longest, one) => (one.ms > longest.ms ? one : longest))
    return { silent, latestDecisionMs, decisions, mostResidentMib }
  }
}

/** The bytes of all files in a folder. */
export const folderBytes = (folder: string): number =>
  readdirSync(folder).reduce((bytes, name) => bytes + statSync(join(folder, name)).size, 0)
