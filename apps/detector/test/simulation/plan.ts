import type { Random } from "../../../../libs/domain/test/support/random.ts"

/** Every other hour is judged as if it had half of the requests again. */
const alternate = Array.from({ length: 24 }, (_, hour) => (hour % 2 === 0 ? 150 : 60)).join(",")

/** One line of a simulated log, known by what it means. */
export interface PlannedLine {
  readonly timeMs: number
  readonly ip: string
  readonly url: string
  readonly status: number
}

/** What happens to the world at a moment of the virtual clock. */
export type Step =
  | {
      readonly atMs: number
      readonly kind: "message"
      readonly source: string
      readonly lines: ReadonlyArray<PlannedLine>
    }
  | { readonly atMs: number; readonly kind: "garbage"; readonly source: string }
  | { readonly atMs: number; readonly kind: "seuil"; readonly key: "ip" | "url" | "global"; readonly text: string }
  | { readonly atMs: number; readonly kind: "end"; readonly source: string }

export interface Plan {
  readonly steps: ReadonlyArray<Step>
  readonly sources: ReadonlyArray<string>
  readonly endMs: number
}

const ips = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]
const urls = ["/", "/a", "/b?x=1", "/c"]

/** Traffic of a few sources over one to two minutes, out of order by up to 8 s, with many errors; steady or with silences and changes. */
export const makePlan = (random: Random, steady: boolean): Plan => {
  const sources = ["web1", "web2", "web3"].slice(0, random.int(1, 3))
  const endMs = random.int(50, 110) * 1000
  const steps: Array<Step> = []
  for (const source of sources) {
    let atMs = random.int(9_000, 12_000)
    while (atMs < endMs) {
      const lines = Array.from(
        { length: random.int(1, 6) },
        (): PlannedLine => ({
          timeMs:
            Math.floor((atMs - (random.chance(0.9) ? random.int(0, 3_000) : random.int(3_000, 9_000))) / 1000) * 1000,
          ip: random.pick(ips),
          url: random.pick(urls),
          status: random.pick([200, 200, 304, 404, 500])
        })
      )
      steps.push({ atMs, kind: "message", source, lines })
      if (random.chance(0.05)) steps.push({ atMs, kind: "garbage", source })
      const silent = !steady && random.chance(0.04)
      atMs += silent ? random.int(20_000, 50_000) : random.int(200, 3_000)
    }
    steps.push({ atMs: endMs + random.int(0, 2000), kind: "end", source })
  }
  if (!steady) {
    for (let i = random.int(0, 4); i > 0; i--) {
      const text = random.pick([
        "0.2",
        "0.6",
        "0.05",
        '"abc"',
        "-1",
        "1e9",
        "",
        '{"rate":0.4,"least_errors":[[3,2],[20,9]]}',
        `{"rate":0.4,"least_errors":[[3,2],[20,9]],"hours":{"weekday":[${alternate}],"weekend":[${alternate}]}}`
      ])
      steps.push({
        atMs: random.int(10_000, endMs),
        kind: "seuil",
        key: random.pick(["ip", "url", "global"] as const),
        text
      })
    }
  }
  return { steps: steps.sort((a, b) => a.atMs - b.atMs), sources, endMs: endMs + 3_000 }
}

/**
 * The plan with nobody sending anything for about a minute: the site was silent, or one shipper was cut off and sends afterwards what it could not.
 */
export const withSilence = ({ steps, sources, endMs }: Plan, random: Random): Plan => {
  const fromMs = random.int(20_000, endMs - 10_000)
  const byMs = random.int(45_000, 90_000)
  const later = (step: Step): Step => {
    const atMs = step.atMs + byMs
    if (step.kind !== "message") return { ...step, atMs }
    return { ...step, atMs, lines: step.lines.map((line) => ({ ...line, timeMs: line.timeMs + byMs })) }
  }
  const backlog: Step = {
    atMs: fromMs + byMs,
    kind: "message",
    source: random.pick(sources),
    lines: Array.from({ length: Math.floor(byMs / 2_000) }, (_, i) => ({
      timeMs: Math.floor(fromMs / 1_000 + i * 2) * 1_000,
      ip: random.pick(ips),
      url: random.pick(urls),
      status: random.pick([200, 404, 500])
    }))
  }
  const [before, behind] = [steps.filter(({ atMs }) => atMs < fromMs), steps.filter(({ atMs }) => atMs >= fromMs)]
  const middle = random.chance(0.5) ? [backlog] : []
  return { steps: [...before, ...middle, ...behind.map(later)], sources, endMs: endMs + byMs }
}

const two = (n: number) => `${n}`.padStart(2, "0")

/** The line as a web server writes it. Simulated clocks begin at the epoch, so the date is always the first of January 1970. */
export const lineText = ({ timeMs, ip, url, status }: PlannedLine): string => {
  const s = Math.floor(timeMs / 1000)
  const time = `01/Jan/1970:${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)} +0000`
  return `${ip} - - [${time}] "GET ${url} HTTP/1.1" ${status} 12 "-" "-" "web" ${tookMs(timeMs, url)}ms`
}

/** Of each two minutes a minute in which one URL is slow, and then fifty seconds in which all are: some windows more than a cause may be in doubt. */
const tookMs = (timeMs: number, url: string): number => {
  const s = Math.floor(timeMs / 1000) % 120
  const isSlow = s >= 70 || (s >= 10 && url === "/a")
  return (isSlow ? 400 : 20) + ((timeMs / 1000) % 7)
}

const sites = ["shop.example", "www.example"]

/** The virtual host of a line, where lines name one: half of one client's lines have this one. */
export const siteOf = ({ timeMs, url, status }: PlannedLine): string =>
  sites[(timeMs / 1000 + url.length + status) % sites.length]!

/** The line with its virtual host in front. */
export const sitedText = (line: PlannedLine): string => `${siteOf(line)} ${lineText(line)}`
