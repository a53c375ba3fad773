import { decidedWorld } from "./world.ts"

for (let seed = 1; seed < 20; seed++) {
  const w = await decidedWorld(seed)
  console.log(
    seed,
    w.records.reduce((s, r) => s + r.since_last.late, 0),
    w.records.length,
    w.alerts.length
  )
}
const n = (await decidedWorld(5)).records.length
for (let seq = 1; seq <= n; seq++) {
  const world = await decidedWorld(5)
  const r = world.records[seq - 1]!
  world.alter("WINDOWS", seq, { ...r, through_seq: r.through_seq + 1000 })
  const f = (await world.verify()).findings!
  console.log(seq, n, JSON.stringify(f.windows), JSON.stringify(f.differences))
}
