import type { IncidentModel } from "./model.ts"

/** The first part of a path: what a reverse proxy usually routes by. */
export const sectionOf = (url: string): string => {
  const end = url.indexOf("/", 1)
  return end < 0 ? "" : url.slice(0, end)
}

/** What is nearly the whole site is no part of it. */
export const wholeShare = 0.8

/** The sections of a site's paths that hold several URLs, and which part of its requests each of them has. */
export const sectionsOf = ({ keys }: IncidentModel): ReadonlyMap<string, number> => {
  const sections = new Map<string, { requests: number; urls: number }>()
  let all = 0
  for (const [url, [requests]] of Object.entries(keys.url)) {
    all += requests
    const name = sectionOf(url)
    if (name === "") continue
    const section = sections.get(name) ?? { requests: 0, urls: 0 }
    section.requests += requests
    section.urls++
    sections.set(name, section)
  }
  return new Map(
    [...sections]
      .filter(([, { requests, urls }]) => urls > 1 && requests < wholeShare * all)
      .map(([name, { requests }]) => [name, requests / all])
  )
}
