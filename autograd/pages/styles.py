"""How the HTML page looks: one style for the document and the notebook, and what only the document adds."""

# Everything is said of `.chainrule-page`, for in a notebook these rules stand among others. Colours are the reader's:
# lines and quiet words are made of the colour of the text, so that they fit any background.
STYLE = """
.chainrule-page{line-height:1.6;font-family:"STIX Two Text",Charter,"Iowan Old Style","Source Serif 4",Georgia,
"Liberation Serif","Times New Roman",serif;overflow-wrap:break-word;max-width:52rem;color:inherit;background:none}
.chainrule-page math{font-family:"STIX Two Math","Latin Modern Math","Cambria Math","Libertinus Math",math,serif}
.chainrule-page .level-1{font-size:1.75em;font-weight:600;line-height:1.25;margin:0 0 .8em}
.chainrule-page .level-2{font-size:1.2em;font-weight:600;line-height:1.3;margin:1.9em 0 .6em}
.chainrule-page :is(.level-1,.level-2,p,ul){overflow-x:auto;overflow-y:hidden}
.chainrule-page p{margin:.7em 0}
.chainrule-page ul{margin:.4em 0 .9em;padding-left:1.4em}
.chainrule-page li{margin:.15em 0}
.chainrule-page .equations{display:grid;grid-template-columns:fit-content(40%) max-content minmax(0,1fr);
column-gap:.45em;row-gap:.55em;align-items:baseline;margin:.9em 0;padding:.1em 0 .1em 1.4em;overflow-x:auto;
overflow-y:hidden}
.chainrule-page .row{display:contents}
.chainrule-page .left{text-align:right;padding-right:.15em;margin-right:-.15em;overflow-x:auto;overflow-y:hidden}
.chainrule-page .right{padding-left:1.3em;text-indent:-1.3em}
.chainrule-page .right span{display:inline-block;baseline-source:first;padding-left:.7em;text-indent:-.7em}
.chainrule-page .right math{text-indent:0;margin-block:.12em}
.chainrule-page .equations math{math-style:normal}
.chainrule-page .right .remark{display:inline;padding:0 0 0 .9em;text-indent:0;opacity:.75;font-size:.92em}
.chainrule-page .table{overflow-x:auto;margin:1em 0}
.chainrule-page table{border-collapse:collapse;margin:0;border:0;border-top:1.5px solid;border-bottom:1.5px solid;
font-size:.95em;font-variant-numeric:tabular-nums;background:none;color:inherit}
.chainrule-page caption{caption-side:top;text-align:left;padding:0 0 .5em;font-style:italic;color:inherit}
.chainrule-page th,.chainrule-page td{padding:.3em .9em;text-align:left;vertical-align:baseline;border:0;
background:none;color:inherit}
.chainrule-page th{font-weight:600;border-bottom:1px solid;vertical-align:bottom}
.chainrule-page tr{background:none}
.chainrule-page .number{text-align:right}
.chainrule-page td.number{white-space:nowrap}
@media (max-width:36em){
.chainrule-page .equations{padding-left:0;column-gap:.3em}
.chainrule-page th,.chainrule-page td{padding:.3em .6em}
}
@media print{
.chainrule-page .equations,.chainrule-page .table{overflow:visible}
.chainrule-page .row>span,.chainrule-page tr{break-inside:avoid}
.chainrule-page h1,.chainrule-page h2{break-after:avoid}
}
"""

DOCUMENT_STYLE = """
:root{color-scheme:light dark;--ink:#1d2733;--paper:#fdfdfb}
@media (prefers-color-scheme:dark){:root{--ink:#e3e8ee;--paper:#12171e}}
@media print{:root{--ink:#000;--paper:#fff}}
body{margin:0;color:var(--ink);background:var(--paper);font-size:1.0625rem}
main{margin:0 auto;padding:clamp(1rem,4vw,3rem)}
"""
