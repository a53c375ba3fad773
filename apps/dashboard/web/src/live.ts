import { isDefault, keyDimensions } from "@chaussettes/domain"
import type { Status } from "@chaussettes/readmodel"
import { computed, type Signal, signal } from "@preact/signals"
import type { WindowEvent } from "../../src/api/index.ts"
import { apiUrl, ask } from "./ask.ts"
import { w } from "./language.ts"

/** The newest act is told with the status. */
type StatusTold = Status & { readonly actsSeq: number }

/** What the server tells without being asked. */
export const status = signal<StatusTold | undefined>(undefined)
/** The dimensions with keys that are judged: `IP · URL`. */
export const keysTitle = computed(() =>
  keyDimensions
    .filter((dimension) => isDefault(dimension) || status.value?.seuils[dimension] !== undefined)
    .map((dimension) => w.dimensions[dimension])
    .join(" · ")
)
/** Since when nothing has been heard; undefined while connected. */
export const lostSinceMs = signal<number | undefined>(undefined)
/** Rises when all that was loaded is out of date. */
export const anew = signal(0)
/** Rises when alerts have come; an outage brings hundreds at once, which are one reason to ask anew. */
export const alertsHeard = signal(0)
/** Rises when something was told of incidents. */
export const incidentsHeard = signal(0)
const togetherMs = 300
/** Raises a signal once for all that comes at about the same time. */
const raiseLater = (heardOf: Signal<number>): (() => void) => {
  let waits = false
  return () => {
    if (waits) return
    waits = true
    setTimeout(() => {
      waits = false
      heardOf.value++
    }, togetherMs)
  }
}
const alertHeard = raiseLater(alertsHeard)
const incidentHeard = raiseLater(incidentsHeard)
/** The viewer's clock, once a second. */
export const nowMs = signal(Date.now())
setInterval(() => {
  nowMs.value = Date.now()
}, 1_000)

/** The server's clock less the viewer's: ages are said by the server's. */
const skewMs = signal(0)
export const serverNowMs = computed(() => nowMs.value + skewMs.value)

type OnWindow = (event: WindowEvent) => void
const onWindow = new Set<OnWindow>()

export const hearWindows = (f: OnWindow): (() => void) => {
  onWindow.add(f)
  return () => onWindow.delete(f)
}

/** The server speaks every two seconds: after this much silence the connection is dead, whatever the browser thinks. */
const silenceMs = 12_000
const firstRetryMs = 1_000
const maxRetryMs = 15_000

let source: EventSource | undefined
let position = ""
let heardMs = 0
let retryMs = firstRetryMs
let retryTimer: ReturnType<typeof setTimeout> | undefined

const lost = (): void => {
  if (lostSinceMs.value === undefined) lostSinceMs.value = Date.now()
}

const heard = (event: MessageEvent): void => {
  heardMs = Date.now()
  retryMs = firstRetryMs
  lostSinceMs.value = undefined
  if (event.lastEventId !== "") position = event.lastEventId
}

const retryLater = (): void => {
  source?.close()
  source = undefined
  lost()
  clearTimeout(retryTimer)
  retryTimer = setTimeout(connect, retryMs)
  retryMs = Math.min(maxRetryMs, retryMs * 2)
  // The stream cannot say why it was refused; a question can.
  ask("status").catch(() => {})
}

export const connect = (): void => {
  source?.close()
  const url = apiUrl("events")
  if (position !== "") url.searchParams.set("after", position)
  const opened = new EventSource(url)
  source = opened
  heardMs = Date.now()
  opened.addEventListener("window", (event) => {
    heard(event)
    const data = JSON.parse(event.data) as WindowEvent
    for (const f of onWindow) f(data)
  })
  opened.addEventListener("alert", (event) => {
    heard(event)
    alertHeard()
  })
  opened.addEventListener("incident", (event) => {
    heard(event)
    incidentHeard()
  })
  opened.addEventListener("status", (event) => {
    heard(event)
    const data = JSON.parse(event.data) as StatusTold
    skewMs.value = data.atMs - Date.now()
    // What people say changes how incidents are shown.
    if (status.value !== undefined && status.value.actsSeq !== data.actsSeq) incidentHeard()
    status.value = data
  })
  opened.addEventListener("reset", (event) => {
    heard(event)
    anew.value++
  })
  opened.addEventListener("error", () => {
    lost()
    if (opened.readyState === EventSource.CLOSED) retryLater()
  })
}

setInterval(() => {
  if (source !== undefined && Date.now() - heardMs > silenceMs) retryLater()
}, 2_000)

addEventListener("online", connect)
