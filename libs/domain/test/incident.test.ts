import { type Alert, alertOf, type Incident, Incidents, incidentsOf } from "@chaussettes/domain"
import { describe, expect, it } from "vitest"

const alertAt = (window: number, key?: string, errors = 5): Alert =>
  alertOf({
    dimension: key === undefined ? "global" : "ip",
    ...(key === undefined ? {} : { key: new TextEncoder().encode(key) }),
    startMs: window * 10_000,
    windowMs: 10_000,
    total: 10,
    errors,
    seuil: 0.1,
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
})
