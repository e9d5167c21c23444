"""The tables of a report's section on the terminal."""

from rich.table import Table

from kvideo.terminal import PlainConsole, plain


def print_section(section, console=None):
    """Print the tables of a `Section`; its pictures stay in the page.

    Args:
        section: A `kvideo.evaluation.Section`.
        console: A `rich.console.Console`; by default one on the terminal.
    """
    console = console or PlainConsole()
    for table in section.tables:
        title = plain(table.caption) if table.caption else None
        shown = Table(title=title, title_justify="left")
        for column in table.columns:
            # A long path goes on in the next line, whole.
            shown.add_column(plain(column), overflow="fold")
        for row in table.rows:
            # Also on a console of the caller's, which knows markup.
            shown.add_row(*map(plain, row))
        console.print(shown)
