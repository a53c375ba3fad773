import {
  calibrate,
  History,
  leastErrors,
  leastOfHour,
  mostOfHour,
  type Threshold,
  thresholdAt
} from "@chaussettes/domain"
import { describe, expect, it } from "vitest"
import { failing, type TestWindow, tell, uniformOf } from "./tools.ts"

const options = { target: 0.01, leastRequests: { global: 1, ip: 5, url: 3 }, mostUnexplained: 0.06 }
const dayMs = 86_400_000
const hourMs = 3_600_000
/** A Monday. */
const mondayMs = 1_767_571_200_000

/** A site of 60 requests a minute's window, of which the share that `rate` says fails. */
const site = (days: number, seed: number, rate: (hour: number, day: number) => number, fromDay = 0) => {
  const uniform = uniformOf(seed)
  return Array.from({ length: days * 1_440 }, (_, i): TestWindow => {
    const startMs = mondayMs + fromDay * dayMs + i * 60_000
    const day = fromDay + Math.floor(i / 1_440)
    const errors = failing(uniform, 60, rate(Math.floor(startMs / hourMs) % 24, day))
    return { startMs, panes: [{ dimension: "global", requests: 60, errors, key: 0 }] }
  })
}

const learn = (windows: ReadonlyArray<TestWindow>): Threshold => {
  const { global } = calibrate(tell(new History(), windows), options)
  if (global._tag === "Refused") throw new Error(global.refusal._tag)
  return global.threshold
}

const alertsOf = (windows: ReadonlyArray<TestWindow>, threshold: Threshold, isIn: (hour: number) => boolean) => {
  const panes = windows.filter(({ startMs }) => isIn(Math.floor(startMs / hourMs) % 24))
  const alerts = panes.filter(
    ({ startMs, panes: [pane] }) => pane!.errors >= leastErrors(thresholdAt(threshold, startMs), pane!.requests)
  )
  return alerts.length / panes.length
}

const isNight = (hour: number) => hour < 6
const bots = (hour: number) => (isNight(hour) ? 0.12 : 0.04)

describe("a site whose nights are not like its days", () => {
  const threshold = learn(site(14, 1, bots))
  const later = site(7, 2, bots, 14)

  it("has the promise kept by night and by day", () => {
    for (const isIn of [isNight, (hour: number) => !isNight(hour)]) {
      expect(alertsOf(later, threshold, isIn)).toBeGreaterThan(0.003)
      expect(alertsOf(later, threshold, isIn)).toBeLessThan(0.016)
    }
  })

  it("has none of it kept by the table as it stands, which is what a reader that knows no hours goes by", () => {
    const { hours: _, ...plain } = threshold as Exclude<Threshold, number>
    expect(alertsOf(later, plain, isNight)).toBeGreaterThan(0.05)
    expect(alertsOf(later, plain, (hour) => !isNight(hour))).toBeLessThan(0.003)
  })

  it("sees by day what is usual by night", () => {
    expect(
      alertsOf(
        site(1, 3, () => 0.12),
        threshold,
        (hour) => !isNight(hour)
      )
    ).toBeGreaterThan(0.25)
  })

  it("tells hours at weekends apart, where these are otherwise", () => {
    const atWeekends = (hour: number, day: number) => (day % 7 >= 5 && isNight(hour) ? 0.12 : 0.04)
    const { hours } = learn(site(14, 4, atWeekends)) as Exclude<Threshold, number>
    expect(hours!.weekday[3]).toBeLessThan(130)
    expect(hours!.weekend[3]).toBeGreaterThan(200)
    expect(hours!.weekend[12]).toBeLessThan(130)
  })
})

describe("hours are not told apart", () => {
  const hoursOf = (windows: ReadonlyArray<TestWindow>) => (learn(windows) as Exclude<Threshold, number>).hours

  it("where they are alike", () => {
    expect(hoursOf(site(14, 5, () => 0.05))).toBeUndefined()
  })

  it("where days differ and hours do not", () => {
    const uniform = uniformOf(6)
    const levels = Array.from({ length: 14 * 24 }, () => 0.05 * Math.exp(0.4 * (uniform() - 0.5)))
    expect(hoursOf(site(14, 7, (hour, day) => levels[day * 24 + hour]!))).toBeUndefined()
  })

  it("before each was there on two days", () => {
    const { global } = calibrate(tell(new History(), site(2, 8, bots)), options)
    expect(global._tag === "Calibrated" && global.threshold).not.toHaveProperty("hours")
  })

  it("for what happened at an hour on one of its days", () => {
    const once = (hour: number, day: number) => (day === 5 && hour === 14 ? 0.4 : bots(hour))
    const { weekend } = hoursOf(site(14, 9, once))!
    expect(weekend[14]).toBeLessThan(100)
  })
})

describe("a threshold by hour", () => {
  const hours = (percent: (hour: number) => number) => Array.from({ length: 24 }, (_, hour) => percent(hour))
  const table = (percent: number): Exclude<Threshold, number> => ({
    rate: 0.1,
    least_errors: [
      [5, 2],
      [10, 3],
      [20, 4],
      [40, 6]
    ],
    hours: { weekday: hours((hour) => (hour === 3 ? percent : 100)), weekend: hours(() => 100) }
  })

  it("judges so many requests as the hour's percent of them", () => {
    for (const percent of [25, 50, 80, 120, 150, 200, 400]) {
      const whole = table(percent)
      const at = thresholdAt(whole, mondayMs + 3 * hourMs)
      for (let n = 5; n <= 200; n++) {
        const counted = Math.max(5, Math.ceil((n * percent) / 100))
        expect(Math.abs(leastErrors(at, n) - leastErrors(whole, counted))).toBeLessThanOrEqual(1)
      }
      expect(thresholdAt(whole, mondayMs + 4 * hourMs)).toMatchObject({ least_errors: whole.least_errors })
      expect(thresholdAt(whole, mondayMs + (5 * 24 + 3) * hourMs)).toMatchObject({ least_errors: whole.least_errors })
    }
  })

  it("never asks for fewer errors of more requests, and stays a table like any other", () => {
    const knots = Array.from({ length: 64 }, (_, i) => [5 + i, 2 + Math.floor(i / 3)] as const)
    for (let percent = leastOfHour; percent <= mostOfHour; percent += 5) {
      const at = thresholdAt({ ...table(percent), least_errors: knots }, mondayMs + 3 * hourMs)
      let least = 0
      for (let n = 5; n < 400; n++) {
        expect(leastErrors(at, n)).toBeGreaterThanOrEqual(least)
        least = leastErrors(at, n)
      }
      expect((at as Exclude<Threshold, number>).least_errors.length).toBeLessThanOrEqual(64)
    }
  })

  it("is the same object for each window of an hour, and the threshold itself where there are no hours", () => {
    const whole = table(150)
    expect(thresholdAt(whole, mondayMs + 3 * hourMs)).toBe(thresholdAt(whole, mondayMs + 3 * hourMs + 50_000))
    expect(thresholdAt(0.3, mondayMs)).toBe(0.3)
    const { hours: _, ...plain } = whole
    expect(thresholdAt(plain, mondayMs)).toBe(plain)
  })
})
