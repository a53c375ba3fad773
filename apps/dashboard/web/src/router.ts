import { computed, signal } from "@preact/signals"

/** The view is its URL: path, and what is looked at as the query. Links work, and so does going back. */
export interface Place {
  readonly path: string
  readonly query: URLSearchParams
}

const base = new URL(document.baseURI)

const here = (): Place => {
  const path = location.pathname.startsWith(base.pathname)
    ? `/${location.pathname.slice(base.pathname.length)}`
    : location.pathname
  return { path: path.replace(/(.)\/+$/, "$1"), query: new URLSearchParams(location.search) }
}

export const place = signal<Place>(here())
export const path = computed(() => place.value.path)

addEventListener("popstate", () => {
  place.value = here()
})

/** What stays when one goes from view to view: the span, and language and time zone if they were asked for. */
const lasting = ["span", "from", "to", "lang", "tz"]

export type QueryChange = { readonly [name: string]: string | undefined }

const changed = (query: URLSearchParams, change: QueryChange): URLSearchParams => {
  const next = new URLSearchParams(query)
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined || value === "") next.delete(name)
    else next.set(name, value)
  }
  return next
}

/** The address of a view that keeps the span that is looked at. */
export const hrefOf = (to: string, change: QueryChange = {}): string => {
  const kept = new URLSearchParams()
  for (const name of lasting) {
    const value = place.value.query.get(name)
    if (value !== null) kept.set(name, value)
  }
  const query = changed(kept, change).toString()
  return `${base.pathname}${to.replace(/^\//, "")}${query === "" ? "" : `?${query}`}`
}

export const go = (to: string, change: QueryChange = {}): void => {
  history.pushState(null, "", hrefOf(to, change))
  place.value = here()
}

/** Changes the query of this view. What moves all the time (a slider) replaces its entry in the history. */
export const setQuery = (change: QueryChange, mode: "push" | "replace" = "push"): void => {
  const query = changed(place.value.query, change).toString()
  const url = `${location.pathname}${query === "" ? "" : `?${query}`}`
  if (mode === "push") history.pushState(null, "", url)
  else history.replaceState(null, "", url)
  place.value = here()
}

/** Lets the page itself follow its own links; modified clicks stay the browser's. */
export const followLink = (event: MouseEvent): void => {
  if (
    event.defaultPrevented ||
    event.button !== 0 ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey
  ) {
    return
  }
  const link = event.target instanceof Element ? event.target.closest("a") : null
  if (link === null || link.target !== "" || link.hasAttribute("download") || link.origin !== location.origin) return
  if (!link.pathname.startsWith(base.pathname) || link.pathname.includes("/api/")) return
  if (link.hash !== "") return
  event.preventDefault()
  history.pushState(null, "", link.href)
  place.value = here()
  scrollTo(0, 0)
}
