import { type Alert, alertOf, type Incident, Incidents, incidentsOf } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"

const alertAt = (window: number, key?: string, errors = 5, decidedTo?: number): Alert =>
  alertOf({
    ...(decidedTo === undefined ? {} : { decidedThroughMs: decidedTo * 10_000 }),
    dimension: key === undefined ? "global" : "ip",
    ...(key === undefined ? {} : { key: new TextEncoder().encode(key) }),
    startMs: window * 10_000,
    windowMs: 10_000,
    total: 10,
    errors,
    threshold: 0.1,
    revision: 1,
    lines: { first_seq: 1, last_seq: 2 },
    language: "en"
  })

const told = ({ key, openedMs, lastMs, open, alerts }: Incident) => ({
  key,
  from: openedMs / 10_000,
  to: lastMs / 10_000,
  open,
  alerts
})

describe("incidents", () => {
  it("are one as long as fewer than three windows in a row are quiet", () => {
    const alerts = [0, 1, 4, 8].map((window) => alertAt(window))
    expect(incidentsOf(alerts, 90_000).map(told)).toEqual([
      { key: null, from: 8, to: 9, open: true, alerts: 1 },
      { key: null, from: 0, to: 5, open: false, alerts: 3 }
    ])
  })

  it("close when the third quiet window is decided, not before", () => {
    const incidents = new Incidents()
    incidents.take(alertAt(0))
    expect(incidents.decided(39_999)).toEqual([])
    expect(incidents.open()).toHaveLength(1)
    expect(incidents.decided(40_000).map(told)).toEqual([{ key: null, from: 0, to: 1, open: false, alerts: 1 }])
    expect(incidents.open()).toEqual([])
  })

  it("are each key's own", () => {
    const alerts = [alertAt(0, "10.0.0.1"), alertAt(0, "10.0.0.2"), alertAt(1, "10.0.0.1"), alertAt(1)]
    expect(incidentsOf(alerts, 20_000).map(told)).toEqual([
      { key: null, from: 1, to: 2, open: true, alerts: 1 },
      { key: "10.0.0.1", from: 0, to: 2, open: true, alerts: 2 },
      { key: "10.0.0.2", from: 0, to: 1, open: true, alerts: 1 }
    ])
  })

  it("tell their worst and their last alert, and sum up", () => {
    const [incident] = incidentsOf([alertAt(0, "a", 4), alertAt(1, "a", 9), alertAt(2, "a", 5)], 30_000)
    expect(incident).toMatchObject({ requests: 30, errors: 18, worstRate: 0.9, severity: "HIGH" })
    expect(incident!.id).toBe(alertAt(0, "a").id)
    expect(incident!.worstId).toBe(alertAt(1, "a").id)
    expect(incident!.lastId).toBe(alertAt(2, "a").id)
  })

  it("come the same whether time is told once or after every window, and hold only what is open", () => {
    const alerts: Array<Alert> = []
    for (let w = 0; w < 400; w++) {
      for (let key = 0; key < 6; key++)
        if ((w * 7 + key * 13) % 11 < 4 && Math.floor(w / 20 + key) % 3 === 0) alerts.push(alertAt(w, `10.0.0.${key}`))
    }
    const stream = new Incidents(2)
    const all: Array<Incident> = []
    let next = 0
    for (let w = 0; w < 400; w++) {
      while (next < alerts.length && alerts[next]!.window.start === alertAt(w).window.start)
        all.push(...stream.take(alerts[next++]!))
      all.push(...stream.decided((w + 1) * 10_000))
      expect(stream.open().length).toBeLessThanOrEqual(6)
    }
    all.push(...stream.open())
    const order = (list: ReadonlyArray<Incident>) => [...list].sort((a, b) => (a.id < b.id ? -1 : 1))
    expect(all.length).toBeGreaterThan(20)
    expect(order(all)).toEqual(order(incidentsOf(alerts, 4_000_000, 2)))
  })

  it("stay open while their alerts come late, however late: quiet windows are counted from when an alert was raised", () => {
    const late = [0, 1, 2, 3, 4, 5].map((window) => alertAt(window, undefined, 5, window + 7))
    expect(incidentsOf(late, 120_000).map(told)).toEqual([{ key: null, from: 0, to: 6, open: true, alerts: 6 }])
    expect(incidentsOf(late, 149_999)[0]!.open).toBe(true)
    expect(incidentsOf(late, 150_000)[0]!.open).toBe(false)
  })

  it("begin earlier where a late alert joins, keep their name, and go on to their newest window", () => {
    const [incident] = incidentsOf([alertAt(9), alertAt(10), alertAt(4, undefined, 9, 11)], 110_000)
    expect(told(incident!)).toEqual({ key: null, from: 4, to: 11, open: true, alerts: 3 })
    expect([incident!.id, incident!.lastId]).toEqual([alertAt(9).id, alertAt(10).id])
    expect(incident!.worstId).toBe(alertAt(4).id)
  })

  it("are not opened again once they are closed: an alert that comes later opens one of its own", () => {
    const alerts = [alertAt(0), alertAt(1), alertAt(2, undefined, 5, 40)]
    expect(incidentsOf(alerts, 410_000).map(told)).toEqual([
      { key: null, from: 2, to: 3, open: true, alerts: 1 },
      { key: null, from: 0, to: 2, open: false, alerts: 2 }
    ])
  })

  it("come the same with late alerts, whether time is told with every record or never", () => {
    const alerts: Array<Alert> = []
    const ticked = new Incidents()
    const all: Array<Incident> = []
    const raised = new Set<string>()
    const take = (alert: Alert) => {
      if (raised.has(alert.id)) return
      raised.add(alert.id)
      alerts.push(alert)
      all.push(...ticked.take(alert))
    }
    for (let w = 0; w < 400; w++) {
      // Windows before w are decided. Some of those of the last minutes are revised now.
      for (let back = 40; back > 0; back--)
        if ((w * 7 + back * 13) % 83 < 2 && w >= back) take(alertAt(w - back, `10.0.0.${(w + back) % 3}`, 5, w))
      all.push(...ticked.decided(w * 10_000))
      if (w % 17 < 3) take(alertAt(w, `10.0.0.${w % 3}`))
      all.push(...ticked.decided((w + 1) * 10_000))
    }
    all.push(...ticked.open())
    const order = (list: ReadonlyArray<Incident>) => [...list].sort((a, b) => (a.id < b.id ? -1 : 1))
    expect(all.filter(({ alerts }) => alerts > 2).length).toBeGreaterThan(5)
    expect(order(all)).toEqual(order(incidentsOf(alerts, 4_000_000)))
  })
})
