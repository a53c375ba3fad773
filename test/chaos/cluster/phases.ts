import { setTimeout as delay } from "node:timers/promises"
import { eventually } from "../observer.ts"
import type { ClusterTrial, Phase } from "../trial.ts"

/** An election, and a detector that begins again: nothing may take longer once two servers reach each other. */
export const readyMs = 60_000
/** A stream's leader is missed after four to nine seconds, and the next one is elected. */
const electionMs = 15_000
const servers = [0, 1, 2]
const othersOf = (index: number) => servers.filter((other) => other !== index)

/** Lets the replay go on, and waits until a window is decided that was not before. */
export const goesOn = async ({ feeder, observer }: ClusterTrial, share: number): Promise<number | undefined> => {
  const before = (await observer.windowsSeq()) ?? 0
  feeder.allow(share)
  return eventually(readyMs, async () => ((await observer.windowsSeq()) ?? 0) > before)
}

/** Does something to the cluster again and again, and checks that windows are decided again each time. */
export const rounds = async (
  trial: ClusterTrial,
  [fromShare, toShare]: readonly [number, number],
  what: string,
  once: (round: number) => Promise<void>
): Promise<void> => {
  const { size, report, detectors, server } = trial
  while (detectors.all.length < 2) detectors.start(server.url)
  let [stuck, slowestMs] = [0, 0]
  for (let i = 0; i < size.rounds; i++) {
    trial.feeder.allow(fromShare + ((toShare - fromShare) * (i + 0.5)) / size.rounds)
    await once(i)
    const tookMs = await goesOn(trial, fromShare + ((toShare - fromShare) * (i + 1)) / size.rounds)
    if (tookMs === undefined) stuck++
    else slowestMs = Math.max(slowestMs, tookMs)
  }
  report.check(
    `${size.rounds} times ${what}; windows went on each time (${Math.round(slowestMs)} ms at most)`,
    stuck === 0,
    () => `${stuck} times they did not within ${readyMs} ms`
  )
}

/** The server that leads a stream: in turn of lines, windows and alerts. */
export const leaderOf = async ({ observer }: ClusterTrial, round: number): Promise<number> => {
  let leader: number | undefined
  await eventually(readyMs, async () => {
    leader = await observer.streamLeader(["LOGS", "WINDOWS", "ALERTS", "KV_detector"][round % 4]!)
    return leader !== undefined
  })
  if (leader === undefined) throw new Error("no server leads")
  return leader
}

/** Steps in which lines are fed while servers and detectors are upgraded, and how far apart they are. */
const [feedSteps, feedEveryMs] = [160, 250]

/** Ends one server after the other as an operator does and starts it as the newer one, and then one detector after the other. */
export const upgradeAll: Phase<ClusterTrial> = async (trial, fromShare, toShare) => {
  const { cluster, observer, detectors, server, feeder, report } = trial
  while (detectors.all.length < 2) detectors.start(server.url)
  // From here on each step brings lines for a part of a window.
  const begunShare = fromShare + 0.1 * (toShare - fromShare)
  const begun = await goesOn(trial, begunShare)
  const firstSeq = (await observer.windowsSeq()) ?? 0
  let done = false
  let [pauseMs, lastMs, lastSeq] = [0, performance.now(), firstSeq]
  /** The longest time without a new window, while there are lines for more. */
  const feeding = async () => {
    for (let step = 1; step <= feedSteps && !done; step++) {
      feeder.allow(begunShare + ((toShare - begunShare) * step) / feedSteps)
      await delay(feedEveryMs)
      const seq = (await observer.windowsSeq()) ?? lastSeq
      if (seq > lastSeq) [lastSeq, lastMs] = [seq, performance.now()]
      pauseMs = Math.max(pauseMs, performance.now() - lastMs)
    }
  }
  const fed = feeding()
  const incomplete: Array<number> = []
  for (const index of servers) {
    await cluster.shutdown(index)
    cluster.restart(index)
    if ((await eventually(readyMs, () => observer.copiesAreComplete())) === undefined) incomplete.push(index)
  }
  for (const old of detectors.all) {
    await detectors.end(old)
    detectors.start(server.url)
    await delay(feedEveryMs)
  }
  done = true
  await fed
  report.check(
    "the copies were complete again after each server",
    incomplete.length === 0,
    () => `not after ${incomplete}`
  )
  report.check(
    `${lastSeq - firstSeq} windows while servers and detectors were replaced one after the other, none later than an election (${Math.round(pauseMs)} ms at most)`,
    begun !== undefined && lastSeq > firstSeq && pauseMs < electionMs
  )
  feeder.allow(toShare)
}

/** Kills the server that leads with a detector and the replay at work, and starts it again while another leads. */
export const killLeaders: Phase<ClusterTrial> = async (trial, fromShare, toShare) => {
  const { random, cluster } = trial
  let down: number | undefined
  await rounds(trial, [fromShare, toShare], "kill -9 of a server that leads", async (round) => {
    if (down !== undefined) cluster.restart(down)
    await delay(random.int(1_000, 3_000))
    down = await leaderOf(trial, round)
    await cluster.kill(down)
  })
  if (down !== undefined) cluster.restart(down)
}

/** Cuts the server that leads off from both others; clients still reach it. */
export const isolateLeader: Phase<ClusterTrial> = async (trial, fromShare, toShare) => {
  const { random, cluster } = trial
  await rounds(trial, [fromShare, toShare], "a server that leads was isolated", async (round) => {
    const alone = await leaderOf(trial, round)
    const routes = othersOf(alone).flatMap((other) => [cluster.route(alone, other), cluster.route(other, alone)])
    // Silence first, as a network has it, and then a refusal.
    for (const route of routes) route.pause()
    await delay(random.int(500, 6_000))
    for (const route of routes) {
      route.refuse(true)
      route.cut()
      route.resume()
    }
    await delay(random.int(500, 4_000))
    for (const route of routes) route.refuse(false)
  })
}

/** What one server says does not reach another, while the answers do. */
export const cutOneWay: Phase<ClusterTrial> = async (trial, fromShare, toShare) => {
  const { random, cluster } = trial
  await rounds(trial, [fromShare, toShare], "a server did not hear a leader", async (round) => {
    const leader = await leaderOf(trial, round)
    const other = random.pick(othersOf(leader))
    const [out, back] = [cluster.route(leader, other), cluster.route(other, leader)]
    out.pause("toServer")
    back.pause("toClient")
    await delay(random.int(1_000, 8_000))
    out.resume()
    back.resume()
  })
}

/** Kills two of three: nothing can be stored until they are back. */
export const loseTwo: Phase<ClusterTrial> = async (trial, fromShare, toShare) => {
  const { random, cluster } = trial
  await rounds(trial, [fromShare, toShare], "two of three servers were gone", async () => {
    const gone = othersOf(random.pick(servers))
    await Promise.all(gone.map(cluster.kill))
    await delay(random.int(1_000, 8_000))
    for (const index of gone) {
      cluster.restart(index)
      await delay(random.int(0, 2_000))
    }
  })
}

/** As far as processes can play a slow disk: the server stands still for half of each second. One detector's clock is two seconds ahead. */
export const slowServer: Phase<ClusterTrial> = async (trial, fromShare, toShare) => {
  const { cluster, detectors, server } = trial
  for (const detector of detectors.all) await detectors.kill(detector)
  detectors.start(server.url, clockAhead(2_000))
  detectors.start(server.url, clockAhead(-2_000))
  await rounds(trial, [fromShare, toShare], "a server that leads was slow", async (round) => {
    const slow = await leaderOf(trial, round)
    for (let i = 0; i < 8; i++) {
      cluster.signal(slow, "SIGSTOP")
      await delay(400)
      cluster.signal(slow, "SIGCONT")
      await delay(400)
    }
  })
}

/** What Node is started with so that its clock is off. */
const clockAhead = (ms: number): ReadonlyArray<string> => {
  const script = `const now = Date.now; Date.now = () => now() + ${ms}`
  return ["--import", `data:text/javascript,${encodeURIComponent(script)}`]
}
