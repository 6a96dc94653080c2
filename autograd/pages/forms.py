"""The forms of everything that composes a page: text, LaTeX, Markdown, HTML, and what a notebook shows."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..page import Equations, Page


class Forms(ABC):
    """What has a `page`, and so all forms of it. Long sums and lists are cut unless `full` is set."""

    @abstractmethod
    def page(self, full: bool = False) -> Page:
        """What is said, before it is written in some form."""

    def equations(self) -> Page:
        """The equations alone, without words."""
        return Page([block for block in self.page().blocks if isinstance(block, Equations)])

    def text(self, width: int | None = None, full: bool = False) -> str:
        """Unicode text for a terminal of `width` columns (None: the terminal's own)."""
        from .text import text_page

        return text_page(self.page(full), width)

    def latex(self, document: bool = False, full: bool = False) -> str:
        """LaTeX (amsmath) to paste into a document, or a whole `document`."""
        from .latex import latex_page

        return latex_page(self.page(full), document)

    def markdown(self, fenced: bool = True, full: bool = False) -> str:
        """Markdown with GitHub's mathematics; with `fenced=False` between dollar signs, for other readers."""
        from .markdown import markdown_page

        return markdown_page(self.page(full), fenced)

    def html(self, full: bool = False) -> str:
        """One self-contained, accessible HTML page with MathML."""
        from .html import html_page

        return html_page(self.page(full))

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        from .html import html_fragment

        return html_fragment(self.page())

    def _repr_latex_(self) -> str:
        """The equations alone: MathJax, which sets them in a notebook, knows no sections."""
        from .markdown import markdown_page

        return markdown_page(self.equations(), fenced=False)
