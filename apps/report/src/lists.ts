import type { Listed, ListedAgent, Listing, ReportContents } from "@chaussettes/domain"
import type { ListName } from "@chaussettes/presentation/report"

/** What a list shows of its keys, beside requests and their share. */
export type Column = "clientErrors" | "serverErrors" | "notFound" | "bytes" | "mean" | "kind"

/** One list of a report, and by which number its rows are ordered and drawn. */
export interface ReportList {
  readonly name: ListName
  readonly listing: Listing
  readonly columns: ReadonlyArray<Column>
  readonly measure: "requests" | "errors" | "notFound" | "mean"
}

export const measureOf = (row: Listed, measure: ReportList["measure"]): number => {
  switch (measure) {
    case "requests":
      return row.requests
    case "errors":
      return row.clientErrors - row.notFound + row.serverErrors
    case "notFound":
      return row.notFound
    case "mean":
      return row.meanUs ?? 0
  }
}

const list = (
  name: ListName,
  listing: Listing,
  columns: ReadonlyArray<Column>,
  measure: ReportList["measure"] = "requests"
): ReportList => ({ name, listing, columns, measure })

const errors: ReadonlyArray<Column> = ["clientErrors", "serverErrors"]

/** Methods stand beside statuses. */
export const methodsOf = ({ methods }: ReportContents): ReportList => list("methods", methods, errors)

/** Lists that go together under one heading. */
export interface ListGroup {
  readonly id: "urls" | "clients" | "referrers" | "agents"
  readonly lists: ReadonlyArray<ReportList>
}

export const groupsOf = (contents: ReportContents): ReadonlyArray<ListGroup> => {
  const mean: ReadonlyArray<Column> = contents.durations === undefined ? [] : ["mean"]
  const all: ReadonlyArray<Column> = [...errors, "bytes", ...mean]
  return [
    {
      id: "urls",
      lists: [
        list("pages", contents.pages, all),
        list("notFound", contents.notFound, ["notFound"], "notFound"),
        list("failing", contents.failing, errors, "errors"),
        list("files", contents.staticFiles, all),
        ...(contents.durations === undefined ? [] : [list("slow", contents.slow, mean, "mean")]),
        ...(contents.sites === undefined ? [] : [list("sites", contents.sites, all)])
      ]
    },
    {
      id: "clients",
      lists: [list("clients", contents.clients, all), list("networks", contents.networks, all)]
    },
    {
      id: "referrers",
      lists: [list("referringSites", contents.referringSites, errors), list("referrers", contents.referrers, errors)]
    },
    {
      id: "agents",
      lists: [
        list("families", contents.families, ["kind", ...errors]),
        list("systems", contents.systems, errors),
        list("botNames", contents.botNames, [...errors, "bytes"]),
        list("agents", contents.agents, ["kind"])
      ]
    }
  ]
}

export const kindOf = (row: Listed): ListedAgent["kind"] | undefined =>
  "kind" in row ? (row as ListedAgent).kind : undefined
