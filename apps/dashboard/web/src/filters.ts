import { hrefOf, place } from "./router.ts"

/** By what the list of alerts is filtered: parts of the view's address. */
const filterNames = ["dimension", "severity", "key"] as const

const chosen = (name: string): string | undefined => place.value.query.get(name) ?? undefined

/** The filters as part of a question. */
export const filterQuery = (): string =>
  filterNames.map((name) => (chosen(name) ? `&${name}=${encodeURIComponent(chosen(name)!)}` : "")).join("")

/** The address of an alert, or of the list alone: beside the explanation the list stays as it is. */
export const alertsHref = (id?: string): string =>
  hrefOf(
    id === undefined ? "/alerts" : `/alerts/${id}`,
    Object.fromEntries(filterNames.map((name) => [name, chosen(name)]))
  )

/** The address of an incident, to share: it says nothing of the span that was looked at. */
export const incidentHref = (id: string): string =>
  hrefOf(`/incidents/${encodeURIComponent(id)}`, { span: undefined, from: undefined, to: undefined })
