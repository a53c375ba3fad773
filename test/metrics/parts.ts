import { spawnSync } from "node:child_process"
import { hasProgram, type Program, projectFolder, startChaussettes, until } from "@chaussettes/testing"

/** `promtool` is in Debian's package `prometheus`. In CI its absence is a failure and no reason to skip. */
export const hasPromtool = process.env.CI !== undefined || hasProgram("promtool")

if (!hasPromtool) console.warn("promtool is not on PATH (apt-get install prometheus): what needs it is skipped.")

/** Runs promtool; answers its exit code and all that it says. */
export const promtool = (args: ReadonlyArray<string>, input = "") => {
  const { status, stdout, stderr } = spawnSync("promtool", args, { input, encoding: "utf8", cwd: projectFolder })
  return { code: status, output: `${stdout}${stderr}` }
}

/** A service that runs as a process of its own, as its users start it. */
export interface Part extends Program {
  /** Where it answers /metrics. */
  readonly url: () => Promise<string>
}

export const startPart = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}): Part => {
  // Ends with the tests even where these are killed; but what replays its standard input is not to take it for that.
  const supervised = args.includes("-") ? {} : { CHAUSSETTES_SUPERVISED: "1" }
  const program = startChaussettes(args, { env: { LOG_FORMAT: "json", ...supervised, ...env }, input: "open" })
  return {
    ...program,
    url: () =>
      until(
        `${args[0]} says where it answers`,
        () => /(?:Health and metrics|The page is) on (http:\/\/[\d.]+:\d+)/.exec(program.stderr())?.[1],
        { seen: program.stderr }
      )
  }
}

/** One metric as Prometheus' text format tells it. */
export interface Told {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly labels: ReadonlyArray<string>
}

/** What an exposition holds, by name. */
export const parseExposition = (text: string): ReadonlyArray<Told> => {
  const help = new Map([...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, words]) => [name!, words!]))
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
    .map(([, name, type]) => {
      const labels = new Set<string>()
      for (const [, inner] of text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{([^}]*)\\} `, "gm"))) {
        for (const [, label] of inner!.matchAll(/(\w+)="/g)) if (label !== "le") labels.add(label!)
      }
      return { name: name!, type: type!, help: help.get(name!) ?? "", labels: [...labels].sort() }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The value of one series; undefined where there is none. */
export const seriesValue = (text: string, series: string): number | undefined => {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

export const fetchText = async (url: string): Promise<string> => (await fetch(url)).text()
