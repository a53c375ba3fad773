/**
 * `npm run profile`: where the time of `detect` goes at full speed, as a flame graph in docs/images/flame-detect.svg. Both threads are drawn over one
 * another on one axis: the share of the samples of each.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Plot from "@observablehq/plot"
import { parseHTML } from "linkedom"
import { syntheticLog } from "./support/data.ts"
import { chaussettes, run } from "./support/program.ts"
import { fill, openSite } from "./support/site.ts"

interface Profile {
  readonly nodes: ReadonlyArray<{
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
    readonly children?: ReadonlyArray<number>
  }>
  readonly samples: ReadonlyArray<number>
  readonly timeDeltas: ReadonlyArray<number>
}

/** A bar: a function with what it called above it. */
interface Bar {
  readonly thread: string
  readonly name: string
  readonly from: number
  readonly to: number
  readonly depth: number
}

/** Narrower bars than this share of the thread are left out: nobody could see them. */
const leastShare = 0.004
const deepest = 22

const barsOf = (thread: string, profile: Profile): ReadonlyArray<Bar> => {
  const own = new Map<number, number>()
  profile.samples.forEach((id, i) => {
    own.set(id, (own.get(id) ?? 0) + profile.timeDeltas[i]!)
  })
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const isIdle = (id: number) => ["(idle)", "(program)"].includes(nodes.get(id)!.callFrame.functionName)
  const total = (id: number): number =>
    isIdle(id) ? 0 : (own.get(id) ?? 0) + (nodes.get(id)!.children ?? []).reduce((sum, child) => sum + total(child), 0)
  const root = profile.nodes[0]!.id
  const all = total(root)
  const bars: Array<Bar> = []
  const place = (id: number, from: number, depth: number) => {
    const width = total(id) / all
    if (width < leastShare || depth > deepest) return
    const { functionName } = nodes.get(id)!.callFrame
    bars.push({ thread, name: functionName === "" ? "(anonymous)" : functionName, from, to: from + width, depth })
    let at = from
    const children = [...(nodes.get(id)!.children ?? [])].sort((a, b) => total(b) - total(a))
    for (const child of children) {
      place(child, at, depth + 1)
      at += total(child) / all
    }
  }
  place(root, 0, 0)
  return bars
}

/** Node names the files CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile; the main thread is 0. */
const threadOf = (file: string): string =>
  file.split(".")[4] === "0" ? "main thread: read, commit" : "fold thread: parse, decide"

const lines = Number(process.argv[2] ?? 2_000_000)
const site = await openSite()
const folder = await mkdtemp(join(tmpdir(), "chaussettes-profile-"))
try {
  await fill(site, await syntheticLog(lines), 50)
  await run(
    process.execPath,
    ["--cpu-prof", `--cpu-prof-dir=${folder}`, chaussettes, "detect", "--until-caught-up", "--allowed-lateness", "60s"],
    { NATS_URL: site.url }
  )
  const files = (await readdir(folder)).filter((name) => name.endsWith(".cpuprofile"))
  const bars = (
    await Promise.all(
      files.map(async (file) =>
        barsOf(threadOf(file), JSON.parse(await readFile(join(folder, file), "utf8")) as Profile)
      )
    )
  ).flat()
  const { document } = parseHTML("<html><body></body></html>")
  const chart = Plot.plot({
    document,
    width: 1400,
    height: 900,
    marginLeft: 10,
    marginRight: 150,
    title: `detect at full speed: ${lines.toLocaleString("en")} lines, 50 a message`,
    x: { axis: null },
    y: { axis: null },
    fy: { label: null, axis: "right" },
    color: { scheme: "YlOrRd", domain: [-8, deepest] },
    marks: [
      Plot.rect(bars, {
        fy: "thread",
        x1: "from",
        x2: "to",
        y1: "depth",
        y2: (bar: Bar) => bar.depth + 1,
        fill: "depth",
        stroke: "white",
        strokeWidth: 0.5,
        title: (bar: Bar) => `${bar.name}: ${((bar.to - bar.from) * 100).toFixed(1)} %`
      }),
      Plot.text(
        bars.filter((bar) => bar.to - bar.from > 0.05),
        {
          fy: "thread",
          x: (bar: Bar) => (bar.from + bar.to) / 2,
          y: (bar: Bar) => bar.depth + 0.5,
          text: (bar: Bar) => bar.name.slice(0, Math.floor((bar.to - bar.from) * 190)),
          fontSize: 9
        }
      )
    ]
  })
  const svg = chart.tagName.toLowerCase() === "svg" ? chart : chart.querySelector("svg:last-of-type")!
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg")
  await writeFile(new URL("../docs/images/flame-detect.svg", import.meta.url), svg.outerHTML)
} finally {
  await site.stop()
  await rm(folder, { recursive: true, force: true })
}
