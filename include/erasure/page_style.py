"""How the printed certificate looks: A4, black on white, no fonts or pictures from elsewhere."""

from __future__ import annotations

STYLE = """
@page { size: A4; margin: 16mm 18mm 18mm;
  @bottom-right { content: counter(page) " / " counter(pages); font: 7.6pt sans-serif; color: #56606b; } }
* { box-sizing: border-box; }
html { background: #e9e9e6; }
body { margin: 0; color: #1b1d21; font: 9.6pt/1.42 "Helvetica Neue", Helvetica, Arial, "Liberation Sans",
  "DejaVu Sans", sans-serif; }
main { width: 210mm; max-width: 100%; margin: 8mm auto; padding: 18mm 20mm 16mm; background: #fff;
  box-shadow: 0 1px 6px rgba(0, 0, 0, .18); }
header { border-bottom: 2.4pt solid #1d3b53; padding-bottom: 4mm; margin-bottom: 5mm; }
.kind { margin: 0; font-size: 7.6pt; letter-spacing: .12em; text-transform: uppercase; color: #56606b; }
h1 { margin: 1mm 0 2.5mm; font: 400 24pt/1.15 Georgia, "Times New Roman", "Liberation Serif", "DejaVu Serif",
  serif; color: #1d3b53; }
header p:last-child { margin: 0; max-width: 150mm; }
section { margin: 0 0 4.6mm; break-inside: avoid; }
h2 { margin: 0 0 1.4mm; font-size: 7.8pt; letter-spacing: .1em; text-transform: uppercase; color: #1d3b53;
  break-after: avoid; }
p { margin: 1.2mm 0; }
dl { margin: 0; }
dl > div { display: grid; grid-template-columns: 46mm 1fr; column-gap: 3mm; padding: .7mm 0;
  border-top: .5pt solid #d4d8dc; }
dt { color: #56606b; }
dd { margin: 0; min-width: 0; }
code { font: .86em/1.4 "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
  overflow-wrap: anywhere; }
time, .number { font-variant-numeric: tabular-nums; white-space: nowrap; }
table { width: 100%; border-collapse: collapse; margin: 0 0 1.6mm; }
th, td { padding: .8mm 4mm .8mm 0; border-top: .5pt solid #d4d8dc; text-align: left; vertical-align: top;
  font-weight: 400; }
thead th, thead td { border-top: 0; font-size: 8pt; color: #56606b; vertical-align: bottom; }
th:last-child, td:last-child { padding-right: 0; }
.number { width: 24mm; text-align: right; }
table.narrow { width: 110mm; max-width: 100%; }
ul { margin: 0; padding: 0 0 0 4mm; }
li { margin: .4mm 0; }
.small { font-size: 8.2pt; line-height: 1.36; }
.check { font-size: 8.2pt; color: #56606b; }
@media (max-width: 210mm) { main { margin: 0; padding: 6mm; box-shadow: none; } }
@media print {
  html { background: none; }
  main { width: auto; margin: 0; padding: 0; box-shadow: none; }
}
"""
