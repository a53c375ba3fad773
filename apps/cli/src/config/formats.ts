import { fieldNames, formatHeader, type KnownFormat, keyNames, knownFormats, networkPresets } from "@chaussettes/domain"

const row = (cells: ReadonlyArray<string>): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`

const specOf = ({ spec }: KnownFormat): string =>
  spec.kind === "text" ? `\`${spec.pattern}\`` : spec.columns.map((column) => `\`${column}\``).join(" ")

/** docs/formats.md, of the table of formats. */
export const formatsReference = (): string => `# Formats

For whoever has a log and wants to know whether it is read, and as what. Written by \`npm run docs\` from the table of formats.

Try it first; no flag is needed for any format on this page:

\`\`\`sh
chaussettes parse access.log
\`\`\`

It says which formats the lines have, shows a line of each with its fields, says why other lines are rejected and which format comes nearest,
whether the client looks like a proxy, and the command to run next. \`--fields N\` prints the fields of the first N lines as JSON.

## Common, Combined, and their relatives

\`[virtual-host ]client ident user [time] "request" status size[ "referer" "agent"[ more …]]\`, as Apache, nginx, lighttpd, Varnish, Traefik, gunicorn,
nginx' ingress and many others write it. Also taken:

- the client with a port, in brackets or quotes, as a list of addresses (the last one counts), shortened (\`203.0.113.*\`), or \`-\`: then nobody is
  known, and the line counts for all traffic and its URL; grep's file name in front is passed over
- a virtual host before or behind the client: of an address and a name the address is the client. Two addresses are rejected as \`client\`, unless a
  line before has shown which is which, or exactly one of them is a trusted proxy
- times with a fraction, in ISO 8601, without a zone (UTC), and with second 60
- words between the time and the request; one dash missing, or both
- status \`-\`, \`0\` and \`000\`: no answer was sent, and that is no error unless \`--errors\` names \`none\`. \`404.0\` is 404. 499 and 444 are client errors,
  as all from 400 to 499; 999 is an error, and neither the client's nor the server's
- whatever stands behind the size, quotes that nobody escaped included. Only a line that ends inside a quoted field was cut, and is rejected as
  \`truncated\`
- quotes in a path, where the server does not escape them (Traefik, morgan, Envoy's text): the status is the one behind the request's own end. A
  client that writes a whole end of a request, as in \`/x HTTP/1.1" 200 9 "-" "\`, makes a line that reads as two requests; it is rejected as \`ambiguous\`,
  and never counted with the wrong status. Let the server escape, or log JSON ([why](decisions/0050-formats.md))
- a line in quotes as a whole (OpenLiteSpeed)
- a URL with a host (\`GET http://other.example/\`) is a URL of its own, and not ours

## What is measured

Where lines say how long a request took, how large its answer was, and what the server behind answered (of several tries the last one), the records of
WINDOWS have it in \`measures\`: durations in microseconds as a histogram within 3.1 %, the sum of the sizes, upstream statuses in pairs with their lines. A duration
counts only where its unit is known: from the format (\`$request_time\`, \`%D\`, \`%T\`, time-taken of IIS and CloudFront, the formats below), from its key
(\`duration_ms\`) or from its value (\`12ms\`). No line is rejected for what is only measured.

## Formats by name

${row(["name", "writes it", "time", "fields"])}
${row(["---", "---", "---", "---"])}
${knownFormats.map((format) => row([`\`${format.name}\``, `[${format.title}](${format.source})`, format.time, specOf(format)])).join("\n")}

\`$_\` is passed over. What stands behind the last field that is read is not asked to have a form.

## A format of your own

Most are recognised by their structure: a time, an address, a request or a method and a URL, a status behind it, separated by spaces, tabs, \`|\`, \`;\` or
commas. What could be two things is not guessed at; then say it, as it stands in the server's configuration:

\`\`\`sh
chaussettes analyze --format '$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent' access.log
chaussettes analyze --format '%h %l %u %t \\"%r\\" %>s %b %D' access.log
chaussettes analyze --format-from /etc/nginx/nginx.conf:main access.log
\`\`\`

The variables of nginx and the directives of Apache are known; instead of them the names of the fields can stand: ${fieldNames.map((name) => `\`$${name}\``).join(", ")},
and \`$_\`. A format in which a header stands without quotes before the status, the client or the request is refused: a client could pass for another.

## JSON, logfmt, LTSV, columns

An object a line, \`key=value\`, \`key:value\` with tabs between, \`#Fields:\` (W3C extended: IIS, CloudFront), and CSV with its names in the first line. A field is
found by its key, whole or its last part, written in any way (\`remoteAddr\`, \`remote_addr\`, \`Remote-Addr\`), as far as its values are what the name promises:

${row(["field", "keys, the first that is there"])}
${row(["---", "---"])}
${Object.entries(keyNames)
  .filter(([, names]) => names.length > 0)
  .map(([field, names]) => row([field, names.map((name) => `\`${name}\``).join(" ")]))
  .join("\n")}

The time may stand in front of the object, with a tab behind it (Caddy's console). An object that lacks one of client, time, URL and status is rejected as \`format\`,
and \`parse\` says which; so is AWS WAF's, which has no status. A key that comes twice with two values makes an object \`ambiguous\`.

Times are RFC 3339 and the like, those of Common, and seconds, ms, µs or ns since the epoch, told apart by their number of digits. The event's time is the
time in the line, also where a server logs when the request began.

## Declared by source, or by message

Where lines do not show their format – those of W3C without their \`#Fields\`, one line a message, or words that could mean two things – it can be declared
for a source. The detector follows the bucket without a restart, and each record says what was declared when its lines were read:

\`\`\`sh
chaussettes formats set web1 combined
chaussettes formats set edge '$remote_addr $server_addr [$time_local] "$request" $status'
chaussettes formats set iis '#Fields: date time s-ip cs-method cs-uri-stem c-ip sc-status'
chaussettes formats list
chaussettes formats unset edge
\`\`\`

A message's header \`${formatHeader}\` is over it, and says the same for the lines of that message. \`replay --format\` writes it, and \`replay\` by itself for files whose columns are
named once, at their beginning.

\`chaussettes status\` and the page say how many sources have a format declared, why a value that cannot be used is refused (the last good one stays),
which keys in the bucket nothing reads, and the last eight times in a day that the lines of a source changed their format.

## Wrappers

Taken off first, in any order and around each other: syslog (RFC 3164, RFC 5424, and as files have it), Docker's json-file, Kubernetes' CRI (parts of a line
are joined within a message or file), journald's JSON (a message that is no UTF-8 included), the objects of Vector, Fluent Bit, Filebeat and Telegraf, the prefixes of \`kubectl logs\` and \`docker
compose logs\`, times in front, and colours.

Files may be packed by gzip, zstd, bzip2 or xz, also in several parts (\`replay\` reads gzip itself and names the others). UTF-16 and UTF-32, archives (zip, tar, 7z),
lz4 and journald's binary files are named, with the command that makes lines of them; of other binary data \`parse\` says that it is no text.

## Who the client is

By default it is who has connected. Behind a load balancer that is the balancer, and all its clients are one:

\`\`\`sh
chaussettes analyze --trusted-proxies private access.log
chaussettes detect --trusted-proxies private,@/etc/cdn-networks.txt --client-from CF-Connecting-IP
\`\`\`

Where a network that is trusted has connected, the client is the rightmost address in X-Forwarded-For that is not trusted; what stands left of it the client
may have made up. It is looked for where the format names it, and in Combined directly behind the agent. \`@FILE\` is a list of networks as CDNs publish them;
\`private\` is ${networkPresets.private!.map((network) => `\`${network}\``).join(", ")}. Ports and zones are taken off, IPv6 is written in one way, and IPv4 inside IPv6 is IPv4.

## Under which URL a request counts

By default under its path. Where paths carry ids, each of them is a URL of its own and none has enough requests for a verdict; templates count them together:

\`\`\`sh
chaussettes analyze --url-templates auto access.log
chaussettes detect --url-templates 'auto,/users/:name,/files/*'
chaussettes detect --url-templates auto,@/etc/chaussettes/templates.txt
\`\`\`

\`auto\` makes \`/user/:id/orders/:id\` of \`/user/123/orders/9f8e7d6c\`, and of titles and dates \`:slug\` and \`:date\`. A single word (\`/users/alice\`) is not
told from a route: declare \`/users/:name\`. \`:name\` stands for one segment, \`*\` at the end for all that follows; the first template that fits wins. A file has one
a line, and remarks behind \`#\`. [Which ids are found, and how well](decisions/0052-url-templates.md).

## Which requests count

All of them, but for those that rules take out:

\`\`\`sh
chaussettes analyze --ignore 'health; static; path=/internal/* client=10.0.0.0/8' access.log
chaussettes parse --ignore 'health; static' access.log        # how many lines each rule would take out
chaussettes ignore add health monitors 'status=499'           # for the detector, without a restart
chaussettes ignore list
\`\`\`

Presets are \`health\` (paths of health checks), \`monitors\` (agents of probes), \`static\` (files of pages) and \`bots\` (bots that declare themselves). A rule of one's own names
\`path\`, \`status\` (\`404\`, \`4xx\`), \`agent\` (a part of it), \`client\` (networks) or \`method\`; commas part values of which one must fit, spaces part fields that all
must. The rules that \`ignore add\` puts stand in the bucket \`rules\` (\`nats kv put rules ignore\` does the same by hand) and hold for lines that no record counts yet
([how](decisions/0053-ignored-traffic.md)); thresholds are learnt from what they leave of the whole history. Rules that cannot be used are refused, and the
last good ones stay: \`chaussettes status\` and the page say so. \`--bots apart\` says in each record how many
requests came from bots that declare themselves.

## What verify reads

The rules of each record say how its lines were read: the version of the reading, the trusted networks, the header, the templates of URLs, and the format where it was declared. A
format that was not declared follows from the lines of a message alone, so it is the same for whoever reads them again. Records from before, which do
not say it, are verified by the strict reading of Common and Combined.
`
