import { fieldNames, formatHeader, type KnownFormat, keyNames, knownFormats, networkPresets } from "@chaussettes/domain"

const row = (cells: ReadonlyArray<string>): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`

const specOf = ({ spec }: KnownFormat): string =>
  spec.kind === "text" ? `\`${spec.pattern}\`` : spec.columns.map((column) => `\`${column}\``).join(" ")

/** Names in one sentence, wrapped as the rest of the page is. */
const listed = (names: ReadonlyArray<string>): string => {
  const words = names.map((name, i) => `\`${name}\`${i + 1 < names.length ? "," : "."}`)
  return `${words.join(" ")} `.replace(/(.{1,100}) /g, "$1\n").trimEnd()
}

/** docs/formats.md, of the table of formats. */
export const formatsReference = (): string => `# Formats

For operators who have a log file and want to know whether Chaussettes reads it, and as what. After
reading this page you can check a file, declare a format, find clients behind a proxy, and leave
requests out. \`npm run docs\` writes this page from the table of formats.

Try your log first. No format on this page needs a flag:

\`\`\`sh
chaussettes parse access.log
\`\`\`

\`parse\` prints which formats the lines have, a line of each with its fields, why other lines are
rejected and which format comes nearest, whether the client looks like a proxy, and the command to
run next. \`--fields N\` prints the fields of the first N lines as JSON.

## Common, Combined, and their relatives

\`[virtual-host ]client ident user [time] "request" status size[ "referer" "agent"[ more …]]\`

Apache, nginx, lighttpd, Varnish, Traefik, gunicorn, nginx's ingress and many others write it. These
variations are accepted too:

- **Client.** With a port, in brackets or quotes, as a list of addresses (the last one counts), or
  shortened (\`203.0.113.*\`). With \`-\` the client is unknown, and the line counts for all traffic and
  for its URL. A file name put in front by grep is skipped.
- **Virtual host.** Before or after the client. Of an address and a name, the address is the client.
  Two addresses are rejected as \`client\`, unless an earlier line has shown which is which, or
  exactly one of them is a trusted proxy.
- **Time.** With a fraction, in ISO 8601, without a time zone (UTC), and with second 60. Words
  between the time and the request are accepted, and one dash or both may be missing.
- **Status.** \`-\`, \`0\` and \`000\` mean that no answer was sent; that is no error unless \`--errors\`
  names \`none\`. \`404.0\` is 404. 499 and 444 are client errors, as are all from 400 to 499. 999 is an
  error, but neither the client's nor the server's.
- **After the size** anything is accepted, including unescaped quotes, so no client can cause its
  own line to be rejected. Only a line that ends inside a quoted field was cut; it is rejected as
  \`truncated\`.
- **Unescaped quotes in a path** (Traefik, morgan, Envoy's text). The status is the one after the
  request's own end. A client that writes a whole end of a request, as in
  \`/x HTTP/1.1" 200 9 "-" "\`, produces a line that reads as two requests. It is rejected as
  \`ambiguous\`, and never counted with the wrong status. Configure the server to escape quotes, or to
  log JSON ([why](decisions/0050-formats.md)).
- **A line in quotes** as a whole (OpenLiteSpeed).
- **A URL with a host** (\`GET http://other.example/\`) is a URL of its own, not one of this site.

## What is measured

If lines give a request's duration, the size of its response, or the status of the upstream server
(after several attempts, that of the last one), the records of WINDOWS have them in \`measures\`:

- durations in microseconds, as a histogram accurate to 3.1%;
- the sum of the sizes;
- upstream statuses, in pairs with the statuses of their lines.

A duration counts only if its unit is known: from the format (\`$request_time\`, \`%D\`, \`%T\`,
time-taken of IIS and CloudFront, the formats below), from its key (\`duration_ms\`), or from its
value (\`12ms\`). A bad measurement never causes a line to be rejected.

## Formats by name

${row(["name", "writes it", "time", "fields"])}
${row(["---", "---", "---", "---"])}
${knownFormats.map((format) => row([`\`${format.name}\``, `[${format.title}](${format.source})`, format.time, specOf(format)])).join("\n")}

\`$_\` is skipped. Anything may follow the last field that is read.

## A format of your own

Most formats are recognised by their structure: a time, an address, a request or a method and a URL,
followed by a status, separated by spaces, tabs, \`|\`, \`;\` or commas. An ambiguous line is not
guessed at. Give its format as it stands in the server's configuration:

\`\`\`sh
chaussettes analyze --format '$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent' access.log
chaussettes analyze --format '%h %l %u %t \\"%r\\" %>s %b %D' access.log
chaussettes analyze --format-from /etc/nginx/nginx.conf:main access.log
\`\`\`

Use the variables of nginx, the directives of Apache, or these field names, and \`$_\` for a field to
skip:

${listed(fieldNames.map((name) => `$${name}`))}

A format in which an unquoted header precedes the status, the client or the request is refused,
because a client could forge these fields.

## JSON, logfmt, LTSV, columns

These are read without a declaration: one JSON object per line, \`key=value\`, tab-separated
\`key:value\`, \`#Fields:\` (W3C extended: IIS, CloudFront), and CSV with its names in the first line.

A field is found by its key, the whole key or its last part, in any spelling (\`remoteAddr\`,
\`remote_addr\`, \`Remote-Addr\`), if the values fit the name:

${row(["field", "keys, the first that is there"])}
${row(["---", "---"])}
${Object.entries(keyNames)
  .filter(([, names]) => names.length > 0)
  .map(([field, names]) => row([field, names.map((name) => `\`${name}\``).join(" ")]))
  .join("\n")}

Times may be RFC 3339 and similar forms, that of Common, or seconds, ms, µs or ns since the epoch,
told apart by their number of digits. The time of the event is the time in the line, even if the
server logs when the request began. The time may also precede the object, followed by a tab (Caddy's
console).

An object without a client, time, URL or status is rejected as \`format\`, and \`parse\` says which of
them is missing; AWS WAF's has no status. An object or a line of pairs in which a key occurs twice
with two values is rejected as \`ambiguous\`.

## Declare a format for a source or a message

Some lines do not show their format: W3C lines without their \`#Fields\`, sources that send one line
per message, ambiguous fields. Declare it for the source:

\`\`\`sh
chaussettes formats set web1 combined
chaussettes formats set edge '$remote_addr $server_addr [$time_local] "$request" $status'
chaussettes formats set iis '#Fields: date time s-ip cs-method cs-uri-stem c-ip sc-status'
chaussettes formats list
chaussettes formats unset edge
\`\`\`

The detector applies the change without a restart, and each record says what was declared when its
lines were read.

A message's header \`${formatHeader}\` takes precedence and declares the format for the lines of
that message. \`replay --format\` sets it. \`replay\` also sets it by itself for files that name their
columns once, at the beginning.

\`chaussettes status\` and the page show how many sources have a declared format, why an unusable
value was refused (the last good one stays in force), keys in the bucket that nothing reads, and the
last eight times in a day that the lines of a source changed their format.

## Wrappers

Wrappers are removed first, in any order and nesting:

- syslog (RFC 3164, RFC 5424, and as syslog files have it);
- Docker's json-file, and Kubernetes' CRI (parts of a line are joined within a message or file);
- journald's JSON (also a message that is not UTF-8);
- the objects of Vector, Fluent Bit, Filebeat and Telegraf;
- the prefixes of \`kubectl logs\` and \`docker compose logs\`, leading times, and colours.

Files may be compressed with gzip, zstd, bzip2 or xz, also in several parts (\`replay\` reads gzip and
zstd, and names the others). For UTF-16 and UTF-32, archives (zip, tar, 7z), lz4 and journald's
binary files, the error message names the command that turns them into lines. \`parse\` reports other
binary data as not being text.

## Who the client is

By default the client is the address that connected. Behind a load balancer that is the balancer, so
all its clients count as one. Name the proxies you trust:

\`\`\`sh
chaussettes analyze --trusted-proxies private access.log
chaussettes detect --trusted-proxies private,@/etc/cdn-networks.txt --client-from CF-Connecting-IP
\`\`\`

If a trusted network has connected, the client is the rightmost address in X-Forwarded-For that is
not trusted. Addresses to its left may be made up by the client. The header is read where the format
names it, and in Combined directly after the agent.

\`@FILE\` is a list of networks as CDNs publish them. \`private\` stands for:

${listed(networkPresets.private!)}

Ports and zones are removed, IPv6 is normalised, and IPv4 inside IPv6 becomes IPv4.

## Under which URL a request counts

By default a request counts under its path. If paths contain ids, each is a URL of its own and none
has enough requests for a verdict. Templates count them together:

\`\`\`sh
chaussettes analyze --url-templates auto access.log
chaussettes detect --url-templates 'auto,/users/:name,/files/*'
chaussettes detect --url-templates auto,@/etc/chaussettes/templates.txt
\`\`\`

\`auto\` turns \`/user/123/orders/9f8e7d6c\` into \`/user/:id/orders/:id\`, and titles and dates into
\`:slug\` and \`:date\`. It cannot tell a single word (\`/users/alice\`) from a route: declare
\`/users/:name\`.

In a template \`:name\` stands for one segment, and \`*\` at the end for everything that follows. The
first matching template wins. A file has one template per line; comments start with \`#\`. [Which ids
are found, and how well](decisions/0052-url-templates.md).

## Which requests count

All requests count, except those that rules ignore:

\`\`\`sh
chaussettes analyze --ignore 'health; static; path=/internal/* client=10.0.0.0/8' access.log
chaussettes parse --ignore 'health; static' access.log        # how many lines each rule would take out
chaussettes ignore add health monitors 'status=499'           # for the detector, without a restart
chaussettes ignore list
\`\`\`

The presets are \`health\` (paths of health checks), \`monitors\` (agents of probes), \`static\` (files of
pages) and \`bots\` (bots that declare themselves).

Your own rules name \`path\`, \`status\` (\`404\`, \`4xx\`), \`agent\` (a part of it), \`client\` (networks) or
\`method\`. Spaces separate fields, which must all match. Commas separate values, of which one must
match.

\`ignore add\` stores rules in the bucket \`rules\`; \`nats kv put rules ignore\` does the same by hand.
They apply to lines that no record counts yet ([how](decisions/0053-ignored-traffic.md)). Thresholds
are learned from the whole history without the ignored requests. Unusable rules are refused and the
last good ones stay in force; \`chaussettes status\` and the page report it.

With \`--bots apart\` each record says how many requests came from bots that declare themselves.

## How verify reads old lines

The rules in each record say how its lines were read: the version of the reader, the trusted
networks, the header, the URL templates, and the format if it was declared. An undeclared format
follows from the lines of a message alone, so reading them again gives the same result.

Records of earlier versions do not say it. They are verified by the strict reading of Common and
Combined.
`
