import {
  type CalibratedOptions,
  type Calibration,
  calibrate,
  type Dimension,
  defaultDimensions,
  forbidding,
  History,
  leastErrors,
  type PerDimension,
  refusalText,
  type Threshold
} from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { failing, shuffled, type TestWindow, tell, uniformOf, windowsOf } from "./tools.ts"

const options: CalibratedOptions = {
  target: 0.01,
  leastRequests: { global: 1, ip: 5, url: 3 },
  mostUnexplained: 0.06
}

const learn = (windows: ReadonlyArray<TestWindow>): PerDimension<Calibration> =>
  calibrate(tell(new History(), windows), options)

const thresholdOf = (calibration: Calibration): Threshold => {
  if (calibration._tag === "Refused") throw new Error(refusalText(calibration.refusal))
  return calibration.threshold
}

const shareOf = (windows: ReadonlyArray<TestWindow>, dimension: Dimension, seuil: Threshold): number => {
  let [panes, alerts] = [0, 0]
  for (const window of windows) {
    for (const pane of window.panes) {
      if (pane.dimension !== dimension) continue
      panes++
      if (pane.errors >= leastErrors(seuil, pane.requests)) alerts++
    }
  }
  return alerts / panes
}

describe("histories in which many clients fail in the same windows", () => {
  /** Eight clients of 5 to 16 requests, and in one window of so many 20 more of 6 requests each. */
  const swarmed = (every: number, rate: number) => {
    const uniform = uniformOf(5)
    return Array.from({ length: 12_000 }, (_, i): TestWindow => {
      const visit = (key: number, requests: number, at: number) =>
        ({ dimension: "ip", requests, errors: failing(uniform, requests, at), key }) as const
      const usual = Array.from({ length: 8 }, (_, k) => visit(k, 5 + Math.floor(uniform() * 12), 0.02 + 0.005 * k))
      const swarm = i % every === 0 ? Array.from({ length: 20 }, (_, k) => visit(9 + 20 * i + k, 6, rate)) : []
      return { startMs: i * 10_000, panes: [...usual, ...swarm] }
    })
  }

  it("are refused where a table would take such clients for clean, and say why", () => {
    const { ip } = learn(swarmed(20, 0.6))
    expect(ip).toMatchObject({ _tag: "Refused", refusal: { _tag: "Together" } })
    // The other dimensions are judged by themselves.
    const { global } = learn(windowsOf({ windows: 12_000, seed: 3, rate: 0.05 }))
    expect(forbidding({ global, ip, url: global })).toBeUndefined()
    expect(forbidding({ global: ip, ip, url: ip })?.refusal._tag).toBe("Together")
    expect(ip._tag === "Refused" && refusalText(ip.refusal)).toMatch(
      /^many keys fail in the same windows: \d+\.\d+ % of the requests of the panes that look clean fail, and \d+\.\d+ % in a usual window/
    )
  })

  it("give a table that sees such a client at once where they are few, or where a crowd only comes to visit", () => {
    expect(leastErrors(thresholdOf(learn(swarmed(100, 0.6)).ip), 6)).toBeLessThanOrEqual(3)
    expect(leastErrors(thresholdOf(learn(swarmed(20, 0.04)).ip), 6)).toBeLessThanOrEqual(3)
  })
})

describe("calibrated thresholds", () => {
  it("alert on about one clean pane in a hundred that they were not learnt from, and never on more than two", () => {
    for (const rate of [0.02, 0.1, 0.3]) {
      const windows = windowsOf({ windows: 8_000, seed: 21, rate })
      const learnt = learn(windows.slice(0, 5_000))
      for (const dimension of defaultDimensions) {
        const share = shareOf(windows.slice(5_000), dimension, thresholdOf(learnt[dimension]!))
        expect(share).toBeGreaterThan(0.003)
        expect(share).toBeLessThan(0.015)
      }
    }
  })

  it("keep to a target of each dimension, and to the default where none is named", () => {
    const windows = windowsOf({ windows: 8_000, seed: 22, rate: 0.1 })
    const history = tell(new History(), windows.slice(0, 5_000))
    const learnt = calibrate(history, { ...options, target: { ip: 0.002 } })
    const share = (d: Dimension) => shareOf(windows.slice(5_000), d, thresholdOf(learnt[d as "ip"]))
    expect(share("ip")).toBeLessThan(0.003)
    expect(share("url")).toBeGreaterThan(0.003)
    expect(share("global")).toBeGreaterThan(0.003)
    // Each is checked on as many panes as give one alert: a dimension with too few keeps what it has.
    const rare = calibrate(history, { ...options, target: { global: 0.0001 } })
    expect(rare.global).toMatchObject({
      _tag: "Refused",
      refusal: { _tag: "TooLittle", least: [20_000, 10_000, 10_000] }
    })
    expect(rare.ip._tag).toBe("Calibrated")
  })

  it("are published, too, for a site that seldom fails, where a single error is already rare", () => {
    for (const rate of [0.00005, 0.0005, 0.002]) {
      for (const seed of [31, 32, 33]) {
        const windows = windowsOf({ windows: 8_000, seed, rate })
        const learnt = learn(windows.slice(0, 6_000))
        expect(forbidding(learnt)).toBeUndefined()
        for (const dimension of defaultDimensions) {
          const seuil = thresholdOf(learnt[dimension]!)
          expect(leastErrors(seuil, 20)).toBeLessThanOrEqual(3)
          expect(shareOf(windows.slice(6_000), dimension, seuil)).toBeLessThan(0.015)
        }
      }
    }
  })

  it("do not depend on the order of windows or panes, to the last knot", () => {
    const windows = windowsOf({ windows: 2_000, seed: 4, rate: 0.05 })
    const uniform = uniformOf(9)
    const mixed = shuffled(windows, uniform).map((w) => ({ ...w, panes: shuffled(w.panes, uniform) }))
    expect(learn(mixed)).toEqual(learn(windows))
  })

  it("are the same from halves that are merged as from the whole, to the last knot", () => {
    const windows = windowsOf({ windows: 2_000, seed: 5, rate: 0.05 })
    const halves = [windows.slice(0, 900), windows.slice(900)].map((half) => tell(new History(), half))
    expect(calibrate(History.merged(halves), options)).toEqual(learn(windows))
  })

  it("change by no more than rounding when the same history counts several times", () => {
    const history = tell(new History(), windowsOf({ windows: 4_000, seed: 6, rate: 0.08 }))
    const once = calibrate(history, options)
    const thrice = calibrate(History.merged([history, history, history]), options)
    for (const dimension of defaultDimensions) {
      const [a, b] = [thresholdOf(once[dimension]!), thresholdOf(thrice[dimension]!)]
      for (const n of [10, 40, 100, 300]) {
        const [x, y] = [leastErrors(a, n), leastErrors(b, n)]
        if (x === y) continue
        expect(Math.abs(x - y)).toBeLessThanOrEqual(Math.max(1, 0.05 * x))
      }
    }
  })

  it("stay sharp when one window in twenty of their history was attacked", () => {
    const clean = learn(windowsOf({ windows: 4_000, seed: 8, rate: 0.05 }))
    const attacked = learn(windowsOf({ windows: 4_000, seed: 8, rate: 0.05, outage: { every: 20, more: 0.15 } }))
    const [before, after] = [clean, attacked].map((c) => leastErrors(thresholdOf(c.global), 300)) as [number, number]
    expect(after).toBeLessThanOrEqual(before * 1.1)
    expect(after).toBeLessThan(300 * 0.12)
  })

  it("say how many panes would alert if what they take for attacks were none", () => {
    const clean = learn(windowsOf({ windows: 4_000, seed: 8, rate: 0.05 })).global.figures!
    expect(clean.alerting).toBeLessThan(2 * clean.checked.interval.high)
    const attacked = learn(windowsOf({ windows: 4_000, seed: 8, rate: 0.05, outage: { every: 20, more: 0.15 } })).global
    expect(attacked._tag).toBe("Calibrated")
    expect(attacked.figures!.alerting).toBeGreaterThan(0.045)
    expect(attacked.figures!.checked.share).toBeLessThan(0.02)
  })

  it("say in how many panes they would see that everything fails", () => {
    const often = learn(windowsOf({ windows: 1_000, seed: 61, rate: 0.05 })).global
    expect(often.figures?.sees).toBe(1)
    const seldom = Array.from({ length: 3_000 }, (_, i) => ({
      startMs: i * 10_000,
      panes: [{ dimension: "global" as const, requests: 1, errors: i % 20 === 0 ? 1 : 0, key: 0 }]
    }))
    expect(learn(seldom).global.figures?.sees).toBe(0)
  })

  it("are refused where the rate has halved: the table of a worse time would see nothing", () => {
    const dayWindows = 8_640
    const worse = windowsOf({ windows: 2 * dayWindows, seed: 51, rate: 0.08, keys: 3 })
    const better = windowsOf({ windows: 2 * dayWindows, seed: 52, rate: 0.035, keys: 3, startMs: 2 * 86_400_000 })
    expect(learn([...worse, ...better]).global).toMatchObject({ _tag: "Refused", refusal: { _tag: "Drifted" } })
  })

  it("are refused, with the figures, when one window in three was attacked", () => {
    const learnt = learn(windowsOf({ windows: 4_000, seed: 8, rate: 0.05, outage: { every: 3, more: 0.15 } }))
    const refused = forbidding(learnt)
    expect(refused?.dimension).toBe("global")
    expect(refused?.refusal).toMatchObject({ _tag: "Attacked", of: "windows", most: 0.06 })
    if (refused?.refusal._tag !== "Attacked") throw new Error("unreachable")
    expect(refused.refusal.share).toBeGreaterThan(0.25)
    expect(refusalText(refused.refusal)).toContain("6.00 %")
  })

  it("are refused when what was kept back is unlike what they were learnt from, be it worse or better", () => {
    const before = windowsOf({ windows: 3_000, seed: 12, rate: 0.05 })
    const then = (rate: number) => windowsOf({ windows: 1_000, seed: 13, rate, startMs: 3_000 * 10_000 })
    expect(forbidding(learn([...before, ...then(0.05)]))).toBeUndefined()
    const worse = learn([...before, ...then(0.068)])
    expect(forbidding(worse)?.refusal).toMatchObject({ _tag: "Disagrees" })
    expect(worse.global.figures!.drift.map(({ rate }) => Math.round(rate * 100))).toEqual([5, 5, 7])
    expect(forbidding(learn([...before, ...then(0.008)]))?.refusal).toMatchObject({ _tag: "Drifted" })
  })

  it("keep a dimension with too little history as it is, and are refused when all have too little", () => {
    const many = windowsOf({ windows: 800, seed: 14, rate: 0.05 })
    const withoutIps = many.map((w, i) => ({
      ...w,
      panes: w.panes.filter((p) => p.dimension !== "ip" || i % 100 === 0)
    }))
    const learnt = learn(
      withoutIps.map((w) => ({ ...w, panes: w.panes.filter((p) => p.dimension !== "ip" || p.key < 20) }))
    )
    expect(learnt.ip).toMatchObject({ _tag: "Refused", refusal: { _tag: "TooLittle", least: [200, 100, 100] } })
    expect(learnt.global._tag).toBe("Calibrated")
    expect(forbidding(learnt)).toBeUndefined()
    expect(forbidding(learn(many.slice(0, 10)))?.refusal._tag).toBe("TooLittle")
  })

  it("have a defined answer for histories of nothing, of one window, of one key, without errors, of errors alone", () => {
    expect(forbidding(learn([]))?.refusal._tag).toBe("TooLittle")
    expect(forbidding(learn(windowsOf({ windows: 1, seed: 1, rate: 0.1 })))?.refusal._tag).toBe("TooLittle")
    const with1Key = learn(windowsOf({ windows: 1_000, seed: 1, rate: 0.1, keys: 1 }))
    for (const d of defaultDimensions) expect(with1Key[d]!._tag).toBe("Calibrated")
    const all = (errorsOf: (requests: number) => number) =>
      learn(
        windowsOf({ windows: 1_000, seed: 2, rate: 0.1 }).map((w) => ({
          ...w,
          panes: w.panes.map((p) => ({ ...p, errors: errorsOf(p.requests) }))
        }))
      )
    for (const d of defaultDimensions) {
      const none = thresholdOf(all(() => 0)[d]!)
      expect(leastErrors(none, 20)).toBe(2)
      expect(thresholdOf(all((n) => n)[d]!)).toBe(1)
    }
  })
})
