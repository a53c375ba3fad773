import { run } from "./processes.ts"
import type { Trial } from "./trial.ts"

export interface Checked {
  readonly file: string
  /** The flags that shape windows, the same for `detect` and `analyze`. */
  readonly rules: ReadonlyArray<string>
}

/** An alert without what a file has not: `lines` by sequence, and the seuils' revision. */
const comparable = (json: string): string => {
  const { lines: _lines, seuils_revision: _revision, ...rest } = JSON.parse(json)
  return JSON.stringify(rest)
}

/** Lets the trial come to its end, and compares what it left with an undisturbed run. */
export const checkResult = async (trial: Trial, { file, rules }: Checked): Promise<void> => {
  const { program, detectors, feeder, server, observer, report, size } = trial
  const replayed = await feeder.end()
  report.check("every line was sent", replayed.code === 0, () => replayed.words)
  const codes = await detectors.stopAll()
  report.check(
    "the detectors that were asked to end did",
    codes.every((code) => code === 0),
    () => `${codes}`
  )
  report.check("no detector ended by itself", detectors.endedByThemselves.length === 0, () =>
    detectors.endedByThemselves.join("\n")
  )
  report.check(
    `of ${detectors.lives} lives ${detectors.livesInTheMiddle} began where the one before had died at work`,
    detectors.livesInTheMiddle > 0
  )
  const last = await run(program, ["detect", "--server", server.url, ...rules, "--until-caught-up"])
  report.check("a last detector decided the rest", last.code === 0, () => last.stderr)

  const verified = await run(program, ["verify", "--server", server.url, "--json"])
  const result = verified.code === null ? {} : JSON.parse(verified.stdout.toString() || "{}")
  report.check(
    "verify finds nothing lost, extra or different",
    verified.code === 0 && result.ok === true,
    () => `${verified.stdout.toString().slice(0, 4_000)}${verified.stderr}`
  )
  report.check(
    `verify went through all: ${result.windows?.same} windows, ${result.alerts?.same} alerts, ${result.incidents?.same} events of incidents, ${result.lines} lines`,
    result.lines === size.lines &&
      result.incidents?.same > 0 &&
      result.undecided?.windows === 0 &&
      result.unverifiable?.records === 0 &&
      result.unverifiable?.incident_events === 0
  )

  const windows = (await observer.windows()).map((text) => JSON.parse(text).start as string)
  report.check(
    "each window was decided once, in order",
    windows.every((start, i) => i === 0 || start > windows[i - 1]!)
  )
  const alerts = await observer.alerts()
  const ids = new Set(alerts.map((text) => JSON.parse(text).id as string))
  report.check("no alert is there twice", ids.size === alerts.length, () => `${alerts.length - ids.size} are`)
  const analyzed = await run(program, ["analyze", file, ...rules.slice(0, 2)])
  const wanted = analyzed.stdout
    .toString()
    .split("\n")
    .filter((line) => line !== "")
  const at = wanted.findIndex((line, i) => alerts[i] === undefined || comparable(line) !== comparable(alerts[i]))
  report.check(
    `ALERTS holds exactly the ${wanted.length} alerts that analyze gives`,
    at < 0 && alerts.length === wanted.length,
    () => `${alerts.length} are there; the first that differs:\n  ${alerts[at]}\n  ${wanted[at]}`
  )
}
