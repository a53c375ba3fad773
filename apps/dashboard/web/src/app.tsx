import { useEffect } from "preact/hooks"
import { viewPaths } from "../../src/views.ts"
import { tokenWanted } from "./ask.ts"
import { w } from "./language.ts"
import { status } from "./live.ts"
import { Headline } from "./parts/headline.tsx"
import { Language } from "./parts/language.tsx"
import { later } from "./parts/later.tsx"
import { NoData } from "./parts/states.tsx"
import { followLink, hrefOf, path } from "./router.ts"
import { type Theme, theme } from "./theme.ts"
import { Alerts } from "./views/alerts.tsx"
import { Incidents } from "./views/incidents.tsx"
import { Login } from "./views/login.tsx"
import { Overview } from "./views/overview.tsx"
import { StatusView } from "./views/status.tsx"
import { Top } from "./views/top.tsx"

const Explore = later(() => import("./views/explore.tsx").then((view) => view.Explore))
const IncidentPage = later(() => import("./views/incident.tsx").then((view) => view.IncidentPage))
const Silences = later(() => import("./views/silences.tsx").then((view) => view.Silences))
const WhatIf = later(() => import("./views/what-if.tsx").then((view) => view.WhatIf))

const viewNames: { readonly [path in (typeof viewPaths)[number]]: string } = {
  "/": w.views.overview,
  "/incidents": w.views.incidents,
  "/alerts": w.views.alerts,
  "/acts": w.views.acts,
  "/top": w.views.top,
  "/explore": w.views.explore,
  "/what-if": w.views.whatIf,
  "/status": w.views.status
}

/** Alerts are the evidence of incidents, acts what people say about them: both are reached from these. */
const beside = ["/alerts", "/acts"]
const menu = viewPaths.filter((view) => !beside.includes(view))

const isIn = (view: string): boolean => path.value === view || (view !== "/" && path.value.startsWith(`${view}/`))

/** Which entry of the menu the view belongs to. */
const isUnder = (entry: string): boolean => isIn(entry) || (entry === "/incidents" && beside.some(isIn))

/** A part of the address as it was meant; as it stands where its escapes are broken. */
const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const View = () => {
  const at = path.value
  const id = /^\/alerts\/(.+)$/.exec(at)?.[1]
  const incident = /^\/incidents\/(.+)$/.exec(at)?.[1]
  // Before the first window there is nothing to look at but the state of the parts.
  const isEmpty = status.value?.newest === null
  if (isEmpty && id === undefined && incident === undefined && at !== "/status" && at !== "/acts" && isIn(at))
    return <NoData />
  if (incident !== undefined) return <IncidentPage key={incident} id={unescaped(incident)} />
  switch (at) {
    case "/incidents":
      return <Incidents />
    case "/":
      return <Overview />
    case "/top":
      return <Top />
    case "/explore":
      return <Explore />
    case "/acts":
      return <Silences />
    case "/what-if":
      return <WhatIf />
    case "/status":
      return <StatusView />
    default:
      return at === "/alerts" || id !== undefined ? (
        <Alerts id={id === undefined ? undefined : unescaped(id)} />
      ) : (
        <p class="state">{w.states.notFound}</p>
      )
  }
}

export const App = () => {
  const view = viewPaths.find(isIn)
  const name = view === undefined ? undefined : viewNames[view]
  useEffect(() => {
    document.title = name === undefined || path.value === "/" ? w.title : `${name} – ${w.title}`
  }, [name])
  if (tokenWanted.value) return <Login />
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only links inside it react, as links do
    // biome-ignore lint/a11y/useKeyWithClickEvents: a link's Enter is a click
    <div class="page" onClick={followLink}>
      <button type="button" class="skip" onClick={() => document.getElementById("content")?.focus()}>
        {w.skip}
      </button>
      <header class="top-bar">
        <a class="brand" href={hrefOf("/")}>
          <img src="favicon.svg" alt="" width="22" height="22" /> {w.title}
        </a>
        <nav aria-label={w.viewsLabel}>
          {menu.map((view) => (
            <a key={view} href={hrefOf(view)} aria-current={isUnder(view) ? "page" : undefined}>
              {viewNames[view]}
            </a>
          ))}
        </nav>
        <Language />
        <label class="theme">
          <span class="visually-hidden">{w.theme.label}</span>
          <select
            value={theme.value}
            onChange={(e) => {
              theme.value = e.currentTarget.value as Theme
            }}
          >
            <option value="auto">◐ {w.theme.auto}</option>
            <option value="light">☀ {w.theme.light}</option>
            <option value="dark">☾ {w.theme.dark}</option>
          </select>
        </label>
      </header>
      <Headline />
      <main id="content" tabIndex={-1}>
        <h1 class="visually-hidden">{name ?? w.title}</h1>
        <View />
      </main>
    </div>
  )
}
