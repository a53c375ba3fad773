/** The report's only style sheet: light, dark, print and phones. Widths of bars are classes, as the page's policy allows no style attributes. */

const light = `
--bg:#f6f6f3;--card:#fff;--text:#1d2327;--dim:#596469;--rule:#dfe1dd;--grid:#e9ebe7;--accent:#17695f;--soft:#e0efec;
--bad:#b3261e;--warn:#b06f00;--volume:#8fb9b3;--band:#b3261e1f;--heat:23 105 95`
const dark = `
--bg:#121517;--card:#1a1f22;--text:#e6e9e8;--dim:#9da8ab;--rule:#2d3438;--grid:#262c2f;--accent:#5cc4b5;--soft:#1b3431;
--bad:#ff8a80;--warn:#f0b455;--volume:#2f6f67;--band:#ff8a8029;--heat:92 196 181`

const widths = Array.from({ length: 101 }, (_, i) => `.w${i}{width:${i}%}`).join("")
const heats = Array.from(
  { length: 10 },
  (_, i) => `.heat .h${i + 1}{background:rgb(var(--heat)/${(i + 1) * 9}%)}`
).join("")

export const style = `
:root{color-scheme:light dark;${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums}
.page{max-width:1180px;margin:0 auto;padding:2.2rem 1.2rem 3rem}
h1,h2,h3,p,dl,dd,ul{margin:0}
h1{font-size:1.5rem;font-weight:680;letter-spacing:-.01em}
h2{font-size:1.12rem;font-weight:660;margin:2.4rem 0 .8rem;scroll-margin-top:1rem}
h3{font-size:.95rem;font-weight:640}
a{color:inherit;text-decoration-color:var(--rule);text-underline-offset:.22em}
a:hover{text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.dim,.note{color:var(--dim)}
.note{font-size:.84rem}
.bad{color:var(--bad)}
.sub{margin-top:.3rem;color:var(--dim);font-size:.9rem;overflow-wrap:anywhere}
.headline{margin-top:1.1rem;font-size:1.05rem;font-weight:560;overflow-wrap:anywhere}
.headline.bad::before{content:"";display:inline-block;width:.6rem;height:.6rem;margin-right:.5rem;border-radius:50%;background:currentColor}
nav{margin-top:1rem;font-size:.88rem;color:var(--dim)}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;padding:0;list-style:none}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));margin-top:1.4rem;overflow:hidden;border:1px solid var(--rule);border-radius:12px;background:var(--card)}
.tiles>div{padding:.85rem 1rem;box-shadow:1px 1px 0 var(--rule)}
.tiles dt{color:var(--dim);font-size:.82rem}
.tiles dd{font-size:1.35rem;font-weight:640;letter-spacing:-.01em;line-height:1.3}
.tiles dd.note{font-size:.8rem;font-weight:400;letter-spacing:0}
.card{min-width:0;padding:1rem 1.1rem 1.1rem;border:1px solid var(--rule);border-radius:12px;background:var(--card)}
.cards{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1rem;align-items:start}
.cards>div{display:grid;gap:1rem;min-width:0}
.card+.card:not(.cards .card){margin-top:1rem}
.card>.note{margin-top:.1rem}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse;font-size:.88rem}
caption,.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
th,td{padding:.24rem 0 .24rem .7rem;text-align:right;vertical-align:top;font-weight:400;white-space:nowrap}
th:first-child,td:first-child{padding-left:0;text-align:left}
thead th{padding-bottom:.4rem;color:var(--dim);font-size:.78rem}
tbody th{white-space:normal;overflow-wrap:anywhere;width:99%}
.key{position:relative;display:block;padding:.1rem .45rem;min-height:1.55em}
.key i{position:absolute;inset:0 auto 0 0;border-radius:4px;background:var(--soft)}
.key span{position:relative}
.key a{text-decoration:none}
td.z{color:var(--dim);opacity:.55}
.l{text-align:left}
td.wrap{white-space:normal;text-align:left;overflow-wrap:anywhere;min-width:9rem}
tr.line td,tr.line th{border-top:1px solid var(--grid);padding-top:.45rem;padding-bottom:.45rem}
details{margin-top:.5rem}
summary{color:var(--dim);font-size:.84rem;cursor:pointer}
summary:hover{color:var(--text)}
details[open] summary{margin-bottom:.3rem}
.chart{display:block;width:100%;height:150px;margin-top:.5rem;overflow:visible}
.chart.low{height:70px}
.chart .a{fill:var(--accent)}.chart .b{fill:var(--volume)}.chart .c{fill:var(--warn)}.chart .e{fill:var(--bad)}.chart .i{fill:var(--band)}
.chart line{stroke:var(--grid);vector-effect:non-scaling-stroke}
.axis{display:flex;overflow:hidden;white-space:nowrap;margin-top:.25rem;color:var(--dim);font-size:.78rem}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin-top:.3rem;color:var(--dim);font-size:.82rem}
.legend i{display:inline-block;width:.65rem;height:.65rem;margin-right:.35rem;border-radius:2px}
.legend .a{background:var(--accent)}.legend .b{background:var(--volume)}.legend .c{background:var(--warn)}.legend .e{background:var(--bad)}.legend .i{background:var(--band)}
.heat td{height:1.5rem;padding:0;border:1px solid var(--card);border-radius:4px;background:var(--grid)}
.heat th{width:auto;padding:.1rem .5rem .1rem 0;font-size:.78rem;color:var(--dim);white-space:nowrap}
.heat thead th{padding:0 0 .2rem;text-align:left}
.heat thead th:first-child{padding-right:.5rem}
.heat table{table-layout:fixed;min-width:340px}.heat col:first-child{width:3.2rem}
.reading li{margin:.15rem 0 .15rem 1.1rem}
.reading ul{margin-top:.3rem;padding:0;font-size:.9rem}
footer{margin-top:2.4rem;color:var(--dim);font-size:.82rem}
${widths}${heats}
@media (max-width:820px){.cards{grid-template-columns:minmax(0,1fr)}}
@media (max-width:560px){.page{padding:1.3rem .8rem 2rem}.card{padding:.85rem .8rem}.tiles{grid-template-columns:repeat(2,1fr)}table{font-size:.82rem}th,td{padding-left:.45rem}.s{display:none}.heat thead th span{display:none}.heat thead th.six span{display:inline}}
@media print{
:root{color-scheme:light;${light};--bg:#fff}
body{font-size:11px}
.page{max-width:none;padding:0}
nav,details{display:none}
.card,tr{break-inside:avoid}
h2{break-after:avoid}
.chart,.key i,.heat td,.legend i{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.tiles{grid-template-columns:repeat(5,1fr)}
.tiles dd{font-size:1rem}
.cards{grid-template-columns:repeat(2,minmax(0,1fr))}
a{text-decoration:none}
}
`.replaceAll("\n", "")
