import { logLine } from "../../apps/dashboard/test/fixture.ts"

/** Every kind of text that one parser or another takes for something that runs: each would set `window.hacked`. */
export const markup: ReadonlyArray<string> = [
  // Elements and their events.
  "<script>hacked=1</script>",
  "<SCRIPT>hacked=1</SCRIPT>",
  "<scr<script>ipt>hacked=1</scr</script>ipt>",
  "<script/x>hacked=1</script>",
  "<script\t>hacked=1</script>",
  "<script src=data:text/javascript,hacked=1></script>",
  "<script src=//evil.example/x.js></script>",
  "<img/src=x/onerror=hacked=1>",
  "<img src=x onerror=hacked=1>",
  "<img src=x onerror=hacked=1//",
  "<IMG SRC=x OnErRoR=hacked=1>",
  "<img/src/onerror=hacked=1>",
  "<svg/onload=hacked=1>",
  "<svg><script>hacked=1</script></svg>",
  "<svg><animate onbegin=hacked=1 attributeName=x dur=1s>",
  "<svg><foreignObject><body/onload=hacked=1></foreignObject></svg>",
  "<math><mtext><table><mglyph><style><img src=x onerror=hacked=1>",
  "<body onload=hacked=1>",
  "<iframe src=javascript:parent.hacked=1></iframe>",
  "<iframe srcdoc=<script>parent.hacked=1</script>></iframe>",
  "<object data=javascript:hacked=1></object>",
  "<embed src=javascript:hacked=1>",
  "<video><source onerror=hacked=1></video>",
  "<audio src=x onerror=hacked=1>",
  "<details open ontoggle=hacked=1>",
  "<input autofocus onfocus=hacked=1>",
  "<marquee onstart=hacked=1>",
  "<a href=javascript:hacked=1>x</a>",
  "<form action=javascript:hacked=1><button>x</button></form>",
  "<base href=//evil.example/>",
  "<meta http-equiv=refresh content=0;url=//evil.example/>",
  "<link rel=stylesheet href=//evil.example/x.css>",
  "<style>@import'//evil.example/x.css'</style>",
  "<style>*{background:url(//evil.example/x)}</style>",
  // Ends of what it may stand in.
  "</title><script>hacked=1</script>",
  "</textarea><script>hacked=1</script>",
  "</script><script>hacked=1</script>",
  "--><script>hacked=1</script>",
  "]]><script>hacked=1</script>",
  "'><script>hacked=1</script>",
  '"><script>hacked=1</script>',
  "`><script>hacked=1</script>",
  '"onmouseover=hacked=1//',
  "'onfocus=hacked=1//autofocus='",
  // Code where a string or an address stands.
  "javascript:hacked=1",
  "java\tscript:hacked=1",
  "';hacked=1;//",
  '";hacked=1;//',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that it looks like a template is what is tried.
  "${hacked=1}",
  "{{constructor.constructor('hacked=1')()}}",
  // Other spellings of the angle brackets, and separators that end a line of JavaScript.
  "&lt;script&gt;hacked=1&lt;/script&gt;",
  "\\u003cscript\\u003ehacked=1\\u003c/script\\u003e",
  "%3Cscript%3Ehacked=1%3C/script%3E",
  "\u2028hacked=1\u2029<script>hacked=1</script>\u202e"
]

/** As it can stand in a request line: what ends a field there is written as web servers write it, and HTML takes a slash for a blank. */
export const inPath = (text: string): string => `/${text.replace(/[ \t]/g, "/").replaceAll('"', '\\"')}`

const clientOf = (i: number): string => `203.0.113.${i + 1}`

/** Each one in path, referrer and user agent of failing requests by a client of its own, and lines that are none. */
export const markupLines = (atMs: number): ReadonlyArray<string> => [
  ...markup.flatMap((text, i) =>
    Array.from({ length: 12 }, (_, n) =>
      logLine(clientOf(i), atMs + n * 500, inPath(text), 500).replace(
        '"-" "Mozilla/5.0',
        `"${inPath(text)}" "${inPath(text)}`
      )
    )
  ),
  ...markup.map((text) => `${text} - not a line`)
]
