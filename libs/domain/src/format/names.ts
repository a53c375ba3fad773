import type { DurationUnit, FieldName } from "./fields.ts"

/*
 * How servers, proxies and libraries name the fields of a line: the variables of nginx, the directives of Apache, and the keys of JSON and of
 * columns. The order of the names of a field is the order in which they are preferred.
 */

/** Variables of nginx and of what speaks its language. Those that are not named here are passed over. */
export const nginxVariables: { readonly [name: string]: FieldName } = {
  remote_addr: "client",
  proxy_protocol_addr: "real_client",
  http_x_forwarded_for: "forwarded",
  proxy_add_x_forwarded_for: "forwarded",
  http_forwarded: "forwarded",
  http_x_real_ip: "real_client",
  http_cf_connecting_ip: "real_client",
  http_true_client_ip: "real_client",
  time_local: "time",
  time_iso8601: "time",
  msec: "time",
  request: "request",
  request_method: "method",
  request_uri: "url",
  uri: "url",
  document_uri: "url",
  args: "query",
  query_string: "query",
  status: "status",
  body_bytes_sent: "size",
  bytes_sent: "size",
  request_time: "duration",
  upstream_status: "upstream_status",
  host: "host",
  http_host: "host",
  server_name: "host",
  http_user_agent: "agent",
  http_referer: "referer"
}

const durations = [
  ...["requesttime", "responsetime", "requestduration", "responseduration", "duration", "latency", "timetaken"],
  ...["elapsedtime", "elapsed", "took", "durationtime"]
]
const unitEndings: ReadonlyArray<readonly [ending: string, unit: DurationUnit]> = [
  ...["ms", "msec", "msecs", "millis", "milliseconds"].map((ending) => [ending, "ms"] as const),
  ...["us", "usec", "micros", "microseconds"].map((ending) => [ending, "us"] as const),
  ...["ns", "nsec", "nanos", "nanoseconds"].map((ending) => [ending, "ns"] as const),
  ...["s", "sec", "secs", "seconds"].map((ending) => [ending, "s"] as const)
]

/** Keys whose name says what their duration counts. */
export const durationKeys: ReadonlyMap<string, DurationUnit> = new Map(
  durations.flatMap((name) => unitEndings.map(([ending, unit]) => [`${name}${ending}`, unit] as const))
)

/**
 * Keys of objects, and names of columns: written small and without `_`, `-`, `.`, spaces and what stands in brackets. A key is compared with its
 * whole path first and then with its last part.
 */
export const keyNames: { readonly [name in FieldName]?: ReadonlyArray<string> } = {
  client: [
    "httprequestremoteip",
    "sourceip",
    "sourceaddress",
    "clientaddress",
    "requestclientip",
    "requestremoteip",
    "reqremoteaddress",
    "remoteaddr",
    "remoteaddress",
    "downstreamremoteaddress",
    "downstreamdirectremoteaddress",
    "clientip",
    "cip",
    "clienthost",
    "clientaddr",
    "clientremoteaddr",
    "sourceipport",
    "cliip",
    "client",
    "remoteip",
    "remotehost",
    "remote",
    "ip",
    "ipaddress",
    "networkpeeraddress",
    "netpeerip",
    "netsockpeeraddr",
    "httpclientip",
    "sourceipaddress",
    "src",
    "srcip",
    "peer",
    "requestip",
    "h",
    "host"
  ],
  forwarded: [
    "xforwardedfor",
    "httpxforwardedfor",
    "requestheadersxforwardedfor",
    "requestxforwardedfor",
    "forwardedfor",
    "proxyaddxforwardedfor",
    "xff",
    "fwd",
    "forwarded",
    "httpforwarded",
    "csxforwardedfor"
  ],
  real_client: [
    "cfconnectingip",
    "httpcfconnectingip",
    "trueclientip",
    "httptrueclientip",
    "xrealip",
    "httpxrealip",
    "realip"
  ],
  time: [
    "edgeendtimestamp",
    "@timestamp",
    "timestamp",
    "timelocal",
    "timeiso8601",
    "startutc",
    "startlocal",
    "starttime",
    "requesttimeepoch",
    "datetime",
    "timemicros",
    "msec",
    "ts",
    "time",
    "t",
    "receivetimestamp",
    "edgestarttimestamp",
    "requesttime",
    "date",
    "eventtime",
    "startedat",
    "reqtimesec",
    "@t",
    "asctime"
  ],
  date: [],
  request: ["request", "requestline", "requestfirstline", "httprequest", "req", "r", "csrequest"],
  method: [
    "httprequestrequestmethod",
    "httprequestmethod",
    "clientrequestmethod",
    "requestmethod",
    "reqmethod",
    "csmethod",
    "httpmethod",
    "httpverb",
    "method",
    "verb",
    "m"
  ],
  url: [
    "httprequestrequesturl",
    "clientrequesturi",
    "requesturi",
    "requestpath",
    "requesturl",
    "requrl",
    "urloriginal",
    "httptarget",
    "urlpath",
    "xenvoyoriginalpath",
    "csuristem",
    "csuri",
    "originalurl",
    "uri",
    "url",
    "path",
    "target",
    "urlfull",
    "httpurl",
    "clientrequestpath",
    "rawpath",
    "resourcepath",
    "protopayloadresource",
    "reqpath",
    "httpuri",
    "request"
  ],
  query: ["csuriquery", "urlquery", "querystring", "args", "query", "q", "requestquery", "querystr"],
  status: [
    "httprequeststatus",
    "downstreamstatus",
    "lbstatuscode",
    "edgeresponsestatus",
    "httpresponsestatuscode",
    "responsestatuscode",
    "resstatuscode",
    "responsecode",
    "responsestatus",
    "scstatus",
    "httpstatuscode",
    "httpstatus",
    "statuscode",
    "status",
    "code",
    "s",
    "originstatus",
    "response"
  ],
  size: [
    "httprequestresponsesize",
    "downstreamcontentsize",
    "edgeresponsebytes",
    "httpresponsebodysize",
    "httpresponsebodybytes",
    "httpresponsebytes",
    "bodybytessent",
    "bytessent",
    "scbytes",
    "responsebodysize",
    "responsesize",
    "responselength",
    "responsebytes",
    "bodysize",
    "sentbytes",
    "bytesout",
    "size",
    "bytes",
    "contentlength",
    "rescontentlength",
    "length",
    "b"
  ],
  duration: [
    "httprequestlatency",
    ...durationKeys.keys(),
    "requesttime",
    "responsetime",
    "duration",
    "latency",
    "timetaken",
    "service",
    "elapsed",
    "took",
    "d"
  ],
  upstream_status: ["upstreamstatus", "originstatus", "originresponsestatus"],
  host: [
    "httphost",
    "requesthost",
    "clientrequesthost",
    "authority",
    "vhost",
    "virtualhost",
    "servername",
    "cshost",
    "reqhost"
  ],
  agent: ["httpuseragent", "useragent", "requestuseragent", "agent", "csuseragent", "httprequestuseragent", "ua"],
  referer: ["httpreferer", "referer", "referrer", "csreferer", "httprequestreferer"]
}

/** A key or a column's name as `keyNames` has it. */
export const plainName = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9@]/g, "")
