"""The tables of a report's section on the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_section(section, console=None):
    """Print the tables of a `Section`; its pictures stay in the page.

    Args:
        section: A `kvideo.evaluate.Section`.
        console: A `rich.console.Console`; by default one on the terminal.
    """
    console = console or Console()
    for table in section.tables:
        shown = Table(title=table.caption or None, title_justify="left")
        for column in table.columns:
            # A long path goes on in the next line, whole.
            shown.add_column(column, overflow="fold")
        for row in table.rows:
            # Text of ours, not markup: a class may be called "[red]".
            shown.add_row(*(Text(str(cell)) for cell in row))
        console.print(shown)
