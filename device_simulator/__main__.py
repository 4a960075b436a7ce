"""`python -m device_simulator`: see `--help`."""

import typer

from device_simulator.command import EPILOG, simulate

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_show_locals=False)
app.command(epilog=EPILOG)(simulate)


def main() -> None:
    """The command."""
    app(prog_name="paceline simulate")


if __name__ == "__main__":
    main()
