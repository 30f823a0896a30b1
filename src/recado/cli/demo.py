"""``recado demo``: the whole product in a minute, without a WhatsApp number."""

import asyncio
import shlex
import shutil
import signal
import tempfile
from pathlib import Path

import click

from recado.cli.demo_stage import LOG_FILE, Stage
from recado.cli.demo_story import Story
from recado.cli.on_path import path_line
from recado.cli.output import write_line
from recado.settings import CLI_FILE


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8484,
    show_default=True,
    help="Recado's port; 0 picks a free one.",
)
@click.option("--keep", is_flag=True, help="Keep the folder with the demo's data.")
@click.option("--exit", "ends", is_flag=True, help="End after the last step.")
def demo(port: int, keep: bool, ends: bool) -> None:
    """See the whole product in a minute, without a WhatsApp number.

    A real server and a stand-in for Evolution Go run on this machine, in a folder of
    their own that is removed at the end.
    """
    folder = Path(tempfile.mkdtemp(prefix="recado-demo-"))
    try:
        asyncio.run(_play(folder, port=port, ends=ends))
    finally:
        if keep:
            write_line(f"Kept: {folder}")
        else:
            shutil.rmtree(folder)


async def _play(folder: Path, *, port: int, ends: bool) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with Stage(folder, port=port, sleep=asyncio.sleep) as stage:  # noqa: TID251 (the real one is handed over here)
        write_line("Recado, with a stand-in for Evolution Go; no phone is needed.")
        write_line(f"  Recado    {stage.server.url}")
        write_line(f"  stand-in  {stage.simulator.url}")
        write_line(f"  data      {folder}")
        write_line()
        story = asyncio.create_task(Story(stage, write_line).tell())
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait({story, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if story.done():
            story.result()
            await _stay(stage, stopped, ends=ends)
        story.cancel()
        stopped.cancel()
        await asyncio.gather(story, stopped, return_exceptions=True)
    write_line("The demo is over.")


async def _stay(stage: Stage, stopped: asyncio.Task[bool], *, ends: bool) -> None:
    write_line()
    write_line("Look around, in another terminal:")
    write_line(f"  export RECADO_DATA_DIR={shlex.quote(str(stage.folder))}")
    if line := path_line():
        write_line(f"  {line}")
    write_line("  recado dlq groups        what failed, by cause")
    write_line("  recado execution list    everything that ran")
    write_line("  recado stats")
    write_line(f"The API is at {stage.server.url}/api/docs.")
    write_line(f"In the folder: {CLI_FILE} with its key, {LOG_FILE} with the log.")
    if not ends:
        write_line("Ctrl-C ends the demo and removes its data.")
        await stopped
