import { setTimeout as delay } from "node:timers/promises"
import { eventually } from "./observer.ts"
import { type Running, run } from "./processes.ts"
import { type Phase, type SingleTrial, type Trial, takeOverMs } from "./trial.ts"

const readyMs = 20_000

/** Kills detectors again and again: as they start, as they take the lead, as they read and write. Another one stands by already. */
export const killDetectors: Phase = async (trial, fromShare, toShare) => {
  const { size, random, server, detectors, feeder, observer, report } = trial
  detectors.start(server.url)
  let slowestMs = 0
  for (let i = 0; i < size.detectorKills; i++) {
    const starting = detectors.start(server.url)
    const moment = random.next()
    if (moment < 0.15) {
      await delay(random.int(0, 400))
      await detectors.kill(starting)
      continue
    }
    const { leader, tookMs } = await theLeader(trial)
    slowestMs = Math.max(slowestMs, tookMs)
    const before = (await observer.windowsSeq()) ?? 0
    feeder.allow(fromShare + ((toShare - fromShare) * (i + 1)) / size.detectorKills)
    // As it takes the lead and recovers, or in the middle of writing.
    if (moment > 0.35) await eventually(1_000, async () => ((await observer.windowsSeq()) ?? 0) > before)
    await delay(random.int(0, 60))
    await detectors.kill(leader)
  }
  report.check(`${size.detectorKills} times kill -9 of a detector`, detectors.kills >= size.detectorKills)
  report.check(`each time another one led (${Math.round(slowestMs)} ms later at most)`, slowestMs < takeOverMs)
}

/** Kills the server and starts it again on the same store, with a detector and the replay at work. */
export const killServer: Phase<SingleTrial> = async (trial, fromShare, toShare) => {
  const { size, random, server, detectors, feeder, observer, report } = trial
  let stuck = 0
  for (let i = 0; i < size.serverKills; i++) {
    feeder.allow(fromShare + ((toShare - fromShare) * (i + 0.5)) / size.serverKills)
    await delay(random.int(50, 800))
    detectors.serverIsDown = true
    await server.kill()
    await delay(random.int(0, 1_500))
    await server.restart()
    if (detectors.all.length === 0) detectors.start(server.url)
    const before = (await observer.windowsSeq()) ?? 0
    feeder.allow(fromShare + ((toShare - fromShare) * (i + 1)) / size.serverKills)
    const goesOn = async () => ((await observer.windowsSeq()) ?? 0) > before
    if ((await eventually(readyMs, goesOn)) === undefined) stuck++
    detectors.serverIsDown = false
  }
  report.check(`${size.serverKills} times kill -9 of the server, on the same store`, true)
  report.check("each time the detector went on by itself", stuck === 0, () => `${stuck} times it did not`)
}

/** Two detectors at once: the one that leads is killed, and the other one takes over. */
export const twoDetectors: Phase = async (trial, fromShare, toShare) => {
  const { program, size, random, server, detectors, feeder, report } = trial
  let slowestMs = 0
  for (let i = 0; i < size.rounds; i++) {
    while (detectors.all.length < 2) detectors.start(server.url)
    feeder.allow(fromShare + ((toShare - fromShare) * (i + 0.5)) / (size.rounds + 1))
    const { leader } = await theLeader(trial)
    await delay(random.int(0, 500))
    await detectors.kill(leader)
    feeder.allow(fromShare + ((toShare - fromShare) * (i + 1)) / (size.rounds + 1))
    slowestMs = Math.max(slowestMs, (await tookOver(trial, leader)) ?? Number.POSITIVE_INFINITY)
  }
  report.check(
    `the other detector took over after a kill -9 (${Math.round(slowestMs)} ms at most)`,
    slowestMs < takeOverMs
  )
  feeder.allow(toShare)
  const verified = await run(program, ["verify", "--server", server.url])
  report.check("verify finds nothing amiss while a detector works", verified.code === 0, () => `${verified.stdout}`)
}

/** Freezes the one that leads: the other one takes over, and the frozen one wakes up to find itself fenced off. */
export const freezeDetector: Phase = async (trial, fromShare, toShare) => {
  const { size, random, server, detectors, feeder, report } = trial
  let slowestMs = 0
  const unaware: Array<string> = []
  for (let i = 0; i < size.rounds; i++) {
    while (detectors.all.length < 2) detectors.start(server.url)
    const { leader } = await theLeader(trial)
    const before = leader.wordsLength()
    feeder.allow(fromShare + ((toShare - fromShare) * (i + 0.3)) / size.rounds)
    await delay(random.int(0, 100))
    leader.child.kill("SIGSTOP")
    feeder.allow(fromShare + ((toShare - fromShare) * (i + 0.7)) / size.rounds)
    slowestMs = Math.max(slowestMs, (await tookOver(trial, leader)) ?? Number.POSITIVE_INFINITY)
    leader.child.kill("SIGCONT")
    feeder.allow(fromShare + ((toShare - fromShare) * (i + 1)) / size.rounds)
    // "Another writer": the one that was frozen before woke up and stored something just as this one began, which then begins again.
    const hasNoticed = () => /Another (detector has taken|writer has written)/.test(leader.wordsSince(before))
    if ((await eventually(takeOverMs, hasNoticed)) === undefined) unaware.push(leader.wordsSince(before))
  }
  report.check(
    `the other detector took over from a frozen one (${Math.round(slowestMs)} ms at most)`,
    slowestMs < takeOverMs
  )
  report.check(
    "a frozen detector that woke up found itself fenced off",
    unaware.length === 0,
    () => `${unaware.length} times it did not, but said:\n${unaware.join("\n")}`
  )
}

/** Pauses, cuts and swallows what goes between the detector and the server. */
export const disturbNetwork: Phase<SingleTrial> = async (trial, fromShare, toShare) => {
  const { size, random, server, proxy, detectors, feeder, observer, report } = trial
  for (const detector of detectors.all) await detectors.kill(detector)
  detectors.start(proxy.url)
  await theLeader(trial)
  let stuck = 0
  const disturbances: ReadonlyArray<() => Promise<void>> = [
    async () => {
      proxy.pause(random.pick(["both", "toClient", "toServer"]))
      await delay(random.int(500, 4_000))
      proxy.resume()
    },
    async () => proxy.cut(),
    async () => proxy.swallowThenCut(random.int(1_000, 100_000)),
    async () => {
      proxy.refuse(true)
      proxy.cut()
      await delay(random.int(100, 1_500))
      proxy.refuse(false)
    }
  ]
  const count = size.rounds * disturbances.length
  for (let i = 0; i < count; i++) {
    feeder.allow(fromShare + ((toShare - fromShare) * (i + 0.5)) / count)
    await delay(random.int(0, 200))
    await disturbances[i % disturbances.length]!()
    const before = (await observer.windowsSeq()) ?? 0
    feeder.allow(fromShare + ((toShare - fromShare) * (i + 1)) / count)
    const goesOn = async () => ((await observer.windowsSeq()) ?? 0) > before
    if ((await eventually(readyMs, goesOn)) === undefined) stuck++
  }
  report.check(`${count} times the network was paused, cut, or swallowed something`, true)
  report.check("each time the detector went on by itself", stuck === 0, () => `${stuck} times it did not`)

  // A standby past the disturbed network takes over while nothing comes through.
  detectors.start(server.url)
  const { leader } = await theLeader(trial)
  proxy.pause()
  feeder.allow(toShare)
  const tookMs = await tookOver(trial, leader)
  proxy.resume()
  report.check("a detector behind a paused network was taken over from", tookMs !== undefined)
}

const theLeader = async ({ observer, detectors }: Trial) => {
  let leader: Running | undefined
  const tookMs = await eventually(readyMs, async () => {
    const pid = await observer.leader()
    leader = pid === undefined ? undefined : detectors.byPid(pid)
    return leader !== undefined
  })
  if (leader === undefined || tookMs === undefined) throw new Error("no detector leads")
  return { leader, tookMs }
}

/** Waits until another detector leads; answers how long it took. */
const tookOver = ({ observer, detectors }: Trial, before: Running): Promise<number | undefined> =>
  eventually(takeOverMs, async () => {
    const pid = await observer.leader()
    return pid !== undefined && pid !== before.pid && detectors.byPid(pid) !== undefined
  })
