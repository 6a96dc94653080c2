"""How a picture looks: the style sheet, for light and dark, and what is added where paths are lit.

What is on a path differs by more than its colour: its lines are double and thick, its arrow heads large, its borders
thick; what is beside it has thin lines, and borders of the usual kind. Texts keep a contrast of 4.5 : 1 everywhere.
"""

from __future__ import annotations

from .metrics import CAPTION, LABEL, NAME, NOTE, TAG, VALUE, WORDS

SERIF = '"STIX Two Text","Times New Roman","Liberation Serif","DejaVu Serif",serif'
STYLE = f"""
.page{{fill:#fff}}
text{{fill:#1d2733;font-family:Helvetica,Arial,"Liberation Sans","DejaVu Sans",sans-serif}}
.name,.label text{{font-family:{SERIF}}}
.var{{font-style:italic}}
.name{{font-size:{NAME.size:g}px}}
.value{{font-size:{VALUE.size:g}px}}
.grad{{font-size:{VALUE.size:g}px;fill:#a8361a}}
.label text{{font-size:{LABEL.size:g}px;fill:#3f4c5a}}
.label rect{{fill:#fff}}
.changed{{font-size:{NOTE.size:g}px;fill:#a8361a}}
.card{{stroke-width:1.2}}
.leaf .card{{fill:#eaf2fb;stroke:#5a8fc4}}
.inner .card{{fill:#f7f8fa;stroke:#8c98a6}}
.output .card{{fill:#fff4dc;stroke:#b9781a}}
.line{{fill:none;stroke:#8c98a6;stroke-width:1.2}}
.tip{{fill:#8c98a6}}
@media (prefers-color-scheme:dark){{
.page,.label rect{{fill:#12171e}}
text{{fill:#e6ebf1}}
.grad,.changed{{fill:#ff9d7c}}
.label text{{fill:#b6c2cf}}
.leaf .card{{fill:#16283b;stroke:#5f9bd6}}
.inner .card{{fill:#1c232c;stroke:#76838f}}
.output .card{{fill:#33290f;stroke:#dba13f}}
.line{{stroke:#76838f}}
.tip{{fill:#76838f}}
}}
"""

# The accent is far from the colours of leaves, outputs and gradients, and in grey darker (on dark: brighter) than they.
LIT = f"""
.caption{{font-family:{SERIF};font-size:{CAPTION.size:g}px}}
.words{{font-size:{WORDS.size:g}px}}
.tag{{font-family:{SERIF};font-size:{TAG.size:g}px;fill:#fff}}
.pill{{fill:#5b2a9d}}
.rule{{stroke:#8c98a6;stroke-width:1}}
.on-path .line{{stroke:#5b2a9d;stroke-width:4.6}}
.core{{fill:none;stroke:#fff;stroke-width:1.4}}
.on-path .tip{{fill:#5b2a9d}}
.on-path .card{{stroke:#5b2a9d;stroke-width:3}}
.on-path .inside{{stroke-width:1.2}}
.label.on-path text{{fill:#1d2733}}
.beside text{{fill:#566270}}
.beside .grad,.beside .changed{{fill:#8f4a36}}
.beside .card,.beside .line{{stroke-width:1}}
@media (prefers-color-scheme:dark){{
.tag{{fill:#1b1030}}
.pill,.on-path .tip{{fill:#c6a4f7}}
.rule{{stroke:#76838f}}
.on-path .line,.on-path .card{{stroke:#c6a4f7}}
.core{{stroke:#12171e}}
.on-path .inside{{stroke-width:1.2}}
.label.on-path text{{fill:#e6ebf1}}
.beside text{{fill:#a3afbb}}
.beside .grad,.beside .changed{{fill:#d99a84}}
}}
"""
