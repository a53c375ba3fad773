import type { RejectReason } from "./reject.ts"

/** Why a line is rejected, as what is the matter with it. */
export const rejectWords: { readonly [reason in RejectReason]: string } = {
  empty: "the line is empty",
  too_long: "longer than 16 KiB",
  control: "it contains a control byte",
  prefix: "the text before the time is not [virtual host] client ident user, or a field of the format is missing",
  client: "the client is neither an address nor a host name, or one of two addresses",
  time: "no time such as [17/May/2015:10:05:03 +0000], or one that does not exist",
  request: "no request in quotes, or its closing quote is missing",
  status: "the status is neither three digits from 100 to 999 nor -",
  size: "the size is neither digits nor -, or is followed by something that is not a field",
  truncated: "the line ends inside a field",
  payload: "neither a line nor JSON that can be read",
  format: "the line is complete but in no known format: it has no recognisable time, client, URL or status",
  ambiguous:
    "the server does not escape quotes, so the line reads as two requests with different statuses; make it escape them, or log JSON",
  future: "ahead of the time at which it was stored",
  late: "it arrived after its window was finally decided"
}
