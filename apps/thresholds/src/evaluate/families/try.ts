import { IncidentDetector, IncidentLearner } from "@chaussettes/domain"
import { families } from "./families.ts"
import { dayMs, windowMs } from "./site.ts"
import { afternoons, type TimedSite, TimedTraffic } from "./timed.ts"

const days = Number(process.argv[2] ?? 6)
const base = (name: string) => families(5, 30).find((s) => s.name === name)!
const which = process.argv[3] ?? ""
const sites: TimedSite[] = [
  { ...base("stationary"), name: "stationary" },
  { ...base("rhythm of day and week"), name: "rhythm", load: afternoons },
  { ...base("stationary"), name: "drag minutes", drag: { correlation: 0.9, deviation: 0.15 } },
  { ...base("stationary"), name: "drag hours", drag: { correlation: 0.999, deviation: 0.25 } },
  { ...base("bots at night on 5,000 URLs"), name: "bots at night", load: afternoons },
  { ...base("stationary"), requests: 300, name: "300" }
].filter((s) => s.name.includes(which))
for (const site of sites) {
  const learner = new IncidentLearner(windowMs, 1)
  const traffic = new TimedTraffic(site)
  let t = 0
  for (let i = 0; i < (days * dayMs) / windowMs; i++) {
    const w = traffic.next()
    const s = performance.now()
    for (const e of learner.window(w))
      if (e.kind === "latency")
        console.log(
          " ",
          ((i * windowMs) / dayMs).toFixed(2),
          e.type,
          e.severity,
          e.message,
          e.certificate.family,
          e.certificate.evidence,
          e.certificate.level,
          e.closed_why ?? ""
        )
    t += performance.now() - s
  }
  const model = learner.model()
  console.log(
    site.name,
    ((t * 1000) / ((days * dayMs) / windowMs)).toFixed(0),
    "µs/window",
    JSON.stringify(model.latency?.thresholds),
    JSON.stringify(model.latency?.cuts.map((c) => ({ ...c, factors: c.factors.slice(0, 24) })))
  )
  const stored = learner.detector.stored()
  for (const [name, f, urls] of [
    ["all x2", 2, undefined],
    ["all x4", 4, undefined],
    ["url0 x2", 2, [0]],
    ["url2 x2", 2, [2]],
    ["url2 x4", 4, [2]],
    ["third x3", 3, [0, 3, 6, 9, 12, 15, 18]]
  ] as const) {
    const delays: number[] = []
    let seen = 0
    const firsts: Record<string, number> = {}
    const sev: string[] = []
    let opened = 0
    for (let trial = 0; trial < 10; trial++) {
      const d = new IncidentDetector(model, undefined, JSON.parse(JSON.stringify(stored)))
      const tr = new TimedTraffic(site, trial + 1, days * dayMs)
      let first = 0
      for (let i = 1; i <= 60; i++) {
        d.window(tr.next((u) => (urls === undefined || (urls as readonly number[]).includes(u) ? f : 1)))
        for (const e of d.take()) {
          if (e.kind !== "latency") continue
          if (e.type === "opened") opened++
          if (e.type === "opened" && first === 0) {
            first = i
            const k =
              e.cause.dimension === "global"
                ? "global"
                : e.cause.keys.slice(0, 3).join("+") + (e.cause.key_count > 3 ? `+${e.cause.key_count - 3}` : "")
            firsts[k] = (firsts[k] ?? 0) + 1
            if (trial === 0) sev.push(e.message)
          }
        }
        if (first > 0 && i > first + 10) break
      }
      if (first > 0) {
        delays.push(first)
        seen++
      }
    }
    console.log(
      "   ",
      name,
      "seen",
      seen,
      "delay",
      (delays.reduce((a, b) => a + b, 0) / delays.length).toFixed(1),
      "opened",
      opened,
      JSON.stringify(firsts),
      sev[0]
    )
  }
}
